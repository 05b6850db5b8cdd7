import type { Tone } from "./tone";

export interface Share {
  key: string;
  tone: Tone;
  amount: number;
}

/** Shares of a whole side by side. The browser divides the room; nothing is computed here. */
export function StackedBar({ shares, className = "" }: { shares: readonly Share[]; className?: string }) {
  return (
    <div className={`flex overflow-hidden ${className}`} aria-hidden="true">
      {shares.map(
        (share) =>
          share.amount > 0 && (
            <div
              key={share.key}
              // A single failed host among ten thousand must still be seen.
              className={`tone-${share.tone} tone-fill ${share.tone === "waiting" ? "min-w-0" : "min-w-[3px]"}`}
              style={{ flex: `${share.amount} 1 0` }}
            />
          ),
      )}
    </div>
  );
}
