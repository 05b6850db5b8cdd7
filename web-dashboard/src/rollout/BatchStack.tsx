import type { Counts } from "./counts.query";
import { sharesOf } from "./shares";

/** One batch, filled from the ground up by what became of its hosts. It is a picture: words stand beside it. */
export function BatchStack({ counts, className = "" }: { counts: Pick<Counts, "byStatus" | "byOutcome">; className?: string }) {
  return (
    <span className={`flex flex-col-reverse gap-px overflow-hidden rounded-sm ${className}`} aria-hidden="true">
      {sharesOf(counts).map(
        ({ key, tone, amount }) =>
          amount > 0 && (
            <span
              key={key}
              className={`tone-${tone} tone-fill block w-full ${tone === "waiting" ? "" : "min-h-[3px]"}`}
              style={{ flex: `${amount} 1 0` }}
            />
          ),
      )}
    </span>
  );
}
