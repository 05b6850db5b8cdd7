import { useId } from "react";
import type { Tone } from "../../../ui/tone";
import type { Plot } from "./Chart";

export interface Part {
  tone: Tone;
  amount: number;
}

const WIDEST = 44;
/** One among ten thousand must still be seen. */
const LEAST = 2;

/** What tells a tone in a bar apart without its colour, in a box of eight pixels. */
const HATCH = {
  done: null,
  failed: "M-2 10 10 -2M-2 2 2 -2M6 10 10 6",
  lost: "M0 0 8 8M8 0 0 8",
  unreachable: "M0 2H8M0 6H8",
  doubt: "M2 0V8M6 0V8",
} as const satisfies Partial<Record<Tone, string | null>>;

export type StackTone = keyof typeof HATCH;
const TONES = Object.keys(HATCH) as StackTone[];

/** Bars of parts that stand on each other. */
export function Stacks({ plot, bars }: { plot: Plot; bars: readonly (readonly (Part & { tone: StackTone })[])[] }) {
  const id = useId();
  const width = Math.min(WIDEST, Math.max(1, plot.step * 0.72));
  return (
    <>
      <defs>
        {TONES.map((tone) => (
          <StackPattern key={tone} id={`${id}${tone}`} tone={tone} />
        ))}
      </defs>
      {bars.map((parts, at) => {
        let below = plot.bottom;
        return parts
          .filter(({ amount }) => amount > 0)
          .map(({ tone, amount }) => {
            const height = Math.max(LEAST, plot.bottom - plot.y(amount));
            below -= height;
            return <rect key={`${at}${tone}`} x={plot.left(at) + (plot.step - width) / 2} y={below} width={width} height={height} fill={`url(#${id}${tone})`} />;
          });
      })}
    </>
  );
}

function StackPattern({ id, tone }: { id: string; tone: StackTone }) {
  const hatch = HATCH[tone];
  return (
    <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse">
      <rect width="8" height="8" fill={`var(--${tone})`} />
      {hatch !== null && <path d={hatch} stroke="var(--paper)" strokeWidth="1.2" opacity="0.75" />}
    </pattern>
  );
}

/** The sign of a part beside its name, as it looks in the bars. */
export function StackSign({ tone }: { tone: StackTone }) {
  const id = useId();
  return (
    <svg width="12" height="12" aria-hidden="true" className="shrink-0">
      <defs>
        <StackPattern id={id} tone={tone} />
      </defs>
      <rect width="12" height="12" rx="2" fill={`url(#${id})`} />
    </svg>
  );
}
