import { type ReactNode, useId } from "react";

/** One of the steps to a job. All of them stay in sight. */
export function Section({ number, title, aside, children }: { number: number; title: string; aside?: ReactNode; children: ReactNode }) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="border-t border-line px-4 pt-2.5 pb-4">
      <header className="mb-2 flex min-h-7 flex-wrap items-center gap-2">
        <h2 id={heading} className="font-semibold">
          <span className="mr-2 inline-block min-w-3 font-normal text-ink-3">{number}</span>
          {title}
        </h2>
        {aside !== undefined && <div className="ml-auto flex items-center gap-2">{aside}</div>}
      </header>
      <div className="sm:pl-5">{children}</div>
    </section>
  );
}
