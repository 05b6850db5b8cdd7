import { type ReactNode, useId } from "react";

/** A part of a page under a thin line: a title, what belongs to it on the right, and its content. No box. */
export function Panel({ title, count, aside, children, className = "" }: {
  title: string;
  count?: string | undefined;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className={className}>
      <header className="flex min-h-9 items-center gap-2 px-4 pt-2">
        <h2 id={heading} className="font-semibold">
          {title}
        </h2>
        {count !== undefined && <span className="text-ink-3">{count}</span>}
        <div className="ml-auto flex items-center gap-1">{aside}</div>
      </header>
      {children}
    </section>
  );
}
