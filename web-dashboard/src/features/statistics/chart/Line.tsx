import type { Plot } from "./Chart";
import { runs } from "./scale";

/** A value for every period that has one. A value without neighbours is a dot; `dashed` tells a second line apart. */
export function Line({ plot, values, colour, dashed = false, active }: {
  plot: Plot;
  values: readonly (number | null)[];
  colour: string;
  dashed?: boolean;
  active: number | null;
}) {
  const place = (at: number) => [plot.left(at) + plot.step / 2, plot.y(values[at] ?? 0)] as const;
  return (
    <g>
      {runs(values).map((run) => (
        <polyline
          key={run[0]}
          points={run.map((at) => place(at).join(",")).join(" ")}
          fill="none"
          stroke={colour}
          strokeWidth="1.75"
          strokeLinejoin="round"
          {...(dashed ? { strokeDasharray: "4 3" } : {})}
        />
      ))}
      {values.map((value, at) => {
        const [x, y] = place(at);
        const radius = at === active ? 4 : plot.step > 9 ? 2.5 : isAlone(values, at) ? 2 : 0;
        return value === null || radius === 0 ? null : (
          <circle key={`dot${x}`} cx={x} cy={y} r={radius} fill={dashed ? "var(--paper)" : colour} stroke={colour} strokeWidth="1.5" />
        );
      })}
    </g>
  );
}

function isAlone(values: readonly (number | null)[], at: number): boolean {
  return (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
}
