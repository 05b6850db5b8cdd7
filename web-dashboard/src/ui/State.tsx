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
