import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from "react";

interface DialogProps {
  title: string;
  onClose: () => void;
  onSubmit?: () => void;
  children: ReactNode;
  footer: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the focus, closes on Escape and needs no style element. */
export function Dialog({ title, onClose, onSubmit, children, footer }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
    // Opening moved the focus to the first control, whatever it is.
    dialog.current?.querySelector<HTMLElement>("[data-begin]")?.focus();
  }, []);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className="m-auto w-[min(520px,calc(100vw-24px))] rounded-lg border border-line-strong bg-raised p-0 text-ink shadow-float"
    >
      <form onSubmit={submit}>
        <h2 id={heading} className="border-b border-line px-5 py-3 text-lg font-semibold">
          {title}
        </h2>
        <div className="space-y-3 px-5 py-4">{children}</div>
        <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunk px-5 py-3">{footer}</footer>
      </form>
    </dialog>
  );
}
