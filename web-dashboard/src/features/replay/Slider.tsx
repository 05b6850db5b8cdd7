import { type KeyboardEvent, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Tone } from "../../ui/tone";
import { useFormat } from "../../useFormat";
import { areaOf, HEIGHT, markTone, shareAt, shownFailed, ticksOf, WIDTH } from "./course";
import type { History } from "./replay.query";

interface SliderProps {
  history: History;
  hosts: number;
  /** The moment that is looked at. */
  at: string;
  onMoment: (at: string) => void;
  /** One event back or on. */
  onStep: (by: -1 | 1) => void;
}

/** The job's time from end to end: how many hosts were settled and failed by then, its milestones, and where one looks. */
export function Slider({ history, hosts, at, onMoment, onStep }: SliderProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [from, to] = [Date.parse(history.from), Date.parse(history.to)];
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key] as -1 | 1 | undefined;
    if (by === undefined) return;
    event.preventDefault();
    onStep(by);
  };
  return (
    <div className="relative h-16 px-4">
      <div className="relative h-full rounded-sm border-b border-line-strong outline-accent has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2">
        <Course history={history} hosts={hosts} />
        <div
          className="pointer-events-none absolute -top-1 bottom-0 w-0.5 -translate-x-1/2 bg-ink"
          style={{ left: `${shareAt(history, at) * 100}%` }}
          aria-hidden="true"
        >
          <span className="absolute -top-1 left-1/2 size-2.5 -translate-x-1/2 rounded-full bg-ink" />
        </div>
        <input
          type="range"
          min={from}
          max={Math.max(to, from + 1)}
          step={1}
          value={Date.parse(at)}
          aria-label={t("replay.slider")}
          aria-valuetext={format.exact(at)}
          onChange={(event) => onMoment(new Date(Number(event.target.value)).toISOString())}
          onKeyDown={onKeyDown}
          // As wide as the picture and one thumb: then the thumb's middle is where one pressed.
          className="absolute inset-y-0 -left-2 m-0 h-full w-[calc(100%+16px)] cursor-ew-resize opacity-0"
        />
      </div>
    </div>
  );
}

/** The picture behind it. It does not change while one looks around. */
function Course({ history, hosts }: { history: History; hosts: number }) {
  const { settled, failed, ticks } = useMemo(() => {
    const tones = [...new Set(history.marks.map(markTone))];
    const path = (tone: Tone) => ticksOf(history, history.marks.filter((mark) => markTone(mark) === tone));
    return {
      settled: areaOf(history, hosts, (bucket) => bucket.settled),
      failed: areaOf(history, hosts, (bucket) => shownFailed(bucket.failed, hosts)),
      ticks: tones.map((tone) => ({ tone, path: path(tone) })),
    };
  }, [history, hosts]);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="absolute inset-0 size-full" aria-hidden="true">
      <path d={settled} fill="var(--done)" opacity="0.45" />
      <path d={failed} fill="var(--failed)" />
      {ticks.map(({ tone, path }) => (
        <path key={tone} d={path} stroke={`var(--${tone})`} strokeWidth="1.5" vectorEffect="non-scaling-stroke" opacity="0.9" />
      ))}
    </svg>
  );
}
