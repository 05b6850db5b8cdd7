import type { ReactNode } from "react";
import { Mark } from "./Mark";
import type { Tone } from "./tone";

/** A status in a word, with its sign. */
export function Badge({ tone, children, pulse = false }: { tone: Tone; children: ReactNode; pulse?: boolean }) {
  return (
    <span className={`tone-${tone} tone-text inline-flex items-center gap-1.5 whitespace-nowrap font-medium`}>
      <Mark tone={tone} pulse={pulse} />
      {children}
    </span>
  );
}
