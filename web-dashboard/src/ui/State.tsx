import type { ReactNode } from "react";
import { Mark } from "./Mark";
import type { Tone } from "./tone";

interface StateProps {
  tone?: Tone;
  title: string;
  /** Whether it is all there is on the page. */
  page?: boolean;
  children?: ReactNode;
  action?: ReactNode;
}

/** What stands where content would: nothing there, not found, not allowed, gone wrong. One look for all of them. */
export function State({ tone = "waiting", title, page = false, children, action }: StateProps) {
  const Title = page ? "h1" : "p";
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-4 py-12 text-center" role="status">
      <Mark tone={tone} size={18} />
      <Title className="mt-3 text-lg font-semibold">{title}</Title>
      {children !== undefined && <div className="mt-1 text-ink-2">{children}</div>}
      {action !== undefined && <div className="mt-4 flex gap-2">{action}</div>}
    </div>
  );
}

/** Paler, as a class: an answer to another question than the one there is now. What is answered quickly does not flicker. */
export const STALE = "opacity-60 transition-opacity delay-300";

interface TroubleProps {
  /** Why something could not be read; `null` where it could. */
  error: string | null;
  title: string;
  /** Whether something stands there all the same, beside which the error is a line. */
  beside: boolean;
}

/** What could not be read: alone in its place, or as a line above what was read before. */
export function Trouble({ error, title, beside }: TroubleProps) {
  if (error === null) return null;
  if (!beside) return <State tone="failed" title={title}>{error}</State>;
  return (
    <p role="status" className="tone-failed flex items-baseline gap-2 border-b border-line bg-(--tone-soft) px-4 py-1 text-sm">
      <Mark tone="failed" size={9} />
      <strong className="tone-text font-semibold whitespace-nowrap">{title}</strong>
      <span className="min-w-0 break-words text-ink-2">{error}</span>
    </p>
  );
}

/** A quiet line for small places: an empty list inside a panel. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="px-4 py-6 text-center text-ink-3">{children}</p>;
}

/** Grey lines where text is about to stand. */
export function Skeleton({ lines = 3, label }: { lines?: number; label: string }) {
  const widths = ["w-2/3", "w-full", "w-1/2", "w-5/6"];
  return (
    <div role="status" aria-label={label} className="space-y-2 p-4">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={`skeleton h-3 ${widths[line % widths.length] ?? "w-full"}`} />
      ))}
    </div>
  );
}
