import { type KeyboardEvent, type PointerEvent, type ReactNode, useId } from "react";
import { named } from "./scale";
import { useWidth } from "./useWidth";

const [LEFT, RIGHT, TOP, BOTTOM] = [68, 16, 8, 22];
const NAME_ROOM = 76;

/** Where things stand in a chart, in pixels. */
export interface Plot {
  /** The left edge of a period, and how wide each is. */
  left: (at: number) => number;
  step: number;
  /** How high a value stands. */
  y: (value: number) => number;
  bottom: number;
}

interface ChartProps {
  title: string;
  /** What is said of the period that is pointed at, or of all. */
  reading: ReactNode;
  /** What the chart says to those who do not see it; the figures are in a table. */
  summary: string;
  count: number;
  /** The name of a period under the axis. */
  name: (at: number) => string;
  ticks: readonly number[];
  tick: (value: number) => string;
  active: number | null;
  onActive: (at: number | null) => void;
  height?: number;
  children: (plot: Plot) => ReactNode;
}

/** Periods from left to right, values upwards from zero. What is drawn in it is its children's. */
export function Chart(props: ChartProps) {
  const { title, reading, summary, count, name, ticks, tick, active, onActive, height = 168, children } = props;
  const [element, width] = useWidth<HTMLDivElement>();
  const heading = useId();
  const [inner, top] = [Math.max(1, width - LEFT - RIGHT), ticks.at(-1) ?? 1];
  const step = inner / Math.max(1, count);
  const bottom = height - BOTTOM;
  const plot: Plot = { left: (at) => LEFT + at * step, step, y: (value) => bottom - (value / top) * (bottom - TOP), bottom };
  const at = (x: number) => Math.min(count - 1, Math.max(0, Math.floor((x - LEFT) / step)));
  function point(event: PointerEvent<SVGSVGElement>) {
    if (count > 0) onActive(at(event.clientX - event.currentTarget.getBoundingClientRect().left));
  }
  function move(event: KeyboardEvent) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && active !== null) onActive(null);
    if (by === undefined || count === 0) return;
    event.preventDefault();
    onActive(active === null ? (by > 0 ? 0 : count - 1) : Math.min(count - 1, Math.max(0, active + by)));
  }
  return (
    <section aria-labelledby={heading} className="min-w-0 pt-3">
      <header className="flex min-h-9 flex-wrap items-baseline gap-x-3 px-4">
        <h2 id={heading} className="font-semibold">
          {title}
        </h2>
        <p className="min-h-5 text-sm text-ink-2 tabular-nums" aria-live="polite">
          {reading}
        </p>
      </header>
      <div ref={element}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={summary}
          tabIndex={0}
          className="block max-w-full touch-pan-y"
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => onActive(null)}
          onKeyDown={move}
          onBlur={() => onActive(null)}
        >
          {active !== null && <rect x={plot.left(active)} y={TOP} width={step} height={bottom - TOP} fill="var(--hover)" />}
          {ticks.map((value) => (
            <g key={value}>
              <line x1={LEFT} x2={width - RIGHT} y1={plot.y(value)} y2={plot.y(value)} stroke={value === 0 ? "var(--line-strong)" : "var(--line)"} />
              <text x={LEFT - 8} y={plot.y(value) + 3.5} textAnchor="end" fontSize="11" fill="var(--ink-3)" className="tabular-nums">
                {value === 0 ? 0 : tick(value)}
              </text>
            </g>
          ))}
          {children(plot)}
          {named(count, inner / NAME_ROOM).map((at) => (
            <text key={at} x={plot.left(at) + step / 2} y={height - 6} textAnchor="middle" fontSize="11" fill="var(--ink-3)">
              {name(at)}
            </text>
          ))}
        </svg>
      </div>
    </section>
  );
}
