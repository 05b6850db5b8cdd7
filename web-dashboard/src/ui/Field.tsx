import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";

const BOX =
  "w-full rounded-md border border-line-strong bg-paper px-2 text-base text-ink placeholder:text-ink-3 focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent";

interface Labelled {
  label: string;
  /** In a dialog: where one begins to write. */
  "data-begin"?: boolean;
  note?: ReactNode;
}

export function TextField({ label, note, className = "", ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Labelling id={id} label={label} note={note}>
      <input id={id} {...rest} className={`${BOX} h-8 ${className}`} />
    </Labelling>
  );
}

export function TextArea({ label, note, ...rest }: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Labelling id={id} label={label} note={note}>
      <textarea id={id} rows={2} {...rest} className={`${BOX} py-1.5`} />
    </Labelling>
  );
}

/** One of a list: the browser's own, which every keyboard and every telephone knows. */
export function SelectField({ label, note, className = "", children, ...rest }: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Labelling id={id} label={label} note={note}>
      <select id={id} {...rest} className={`${BOX} h-8 ${className}`}>
        {children}
      </select>
    </Labelling>
  );
}

function Labelling({ id, label, note, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium text-ink-2">
        {label}
      </label>
      {children}
      {note !== undefined && <p className="mt-1 text-sm text-ink-3">{note}</p>}
    </div>
  );
}
