import { useTranslation } from "react-i18next";
import { Mark } from "../../ui/Mark";
import { useCalendarFormat } from "./calendarFormat";
import { entriesOf, type Entry, type Placed, place as placed } from "./layout";
import type { Occurrence } from "./schedules.query";
import { toneOfAll, useTell } from "./tell";
import type { Place } from "./usePlace";
import { hoursIn, hoursOf, isSameDay, type ZonedDay } from "../../zoned";

/** What a calendar shows. */
export interface Shown {
  days: readonly ZonedDay[];
  occurrences: readonly Occurrence[];
  place: Place;
  now: number;
  onOpen: (occurrence: Occurrence) => void;
}

/** Pixels of an hour, and how tall a block must be to be read. */
const HOUR = 30;
const LEAST = 19 / HOUR;
const TWO_LINES = 36;
const USUAL_HOURS = 24;

/** Pixels for the hours of a day of its own, and for a schedule that fires often. */
const MARGIN = 24;
const STRIP = 20;
const LEAST_STRIP = 4 * 3_600_000;

/** A week: hours down, days across. A day on which clocks change is as long as it is, with hours of its own. */
export function WeekView({ days, occurrences, place, now, onOpen }: Shown) {
  const { t } = useTranslation();
  const longest = Math.max(...days.map(hoursIn));
  return (
    <div className="min-h-0 flex-1 overflow-auto border-t border-line" tabIndex={0} role="region" aria-label={t("schedules.view.week")}>
      <div className="grid min-w-[720px] grid-cols-[44px_repeat(7,minmax(0,1fr))]">
        <div className="sticky top-0 z-20 border-b border-line bg-paper" />
        {days.map((day) => (
          <DayHead key={day.start} day={day} place={place} />
        ))}
        <Hours count={Math.max(longest, USUAL_HOURS)} />
        {days.map((day) => (
          <DayColumn key={day.start} day={day} tallest={longest} occurrences={occurrences} place={place} now={now} onOpen={onOpen} />
        ))}
      </div>
    </div>
  );
}

function DayHead({ day, place }: { day: ZonedDay; place: Place }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const isToday = isSameDay(day, place.today);
  const hours = hoursIn(day);
  return (
    <div className="sticky top-0 z-20 flex items-baseline gap-1.5 border-b border-l border-line bg-paper px-2 py-1.5" aria-current={isToday ? "date" : undefined}>
      <span className={isToday ? "font-semibold text-accent" : "text-ink-2"}>{format.weekday(day)}</span>
      <span className={`text-lg ${isToday ? "font-semibold text-accent" : ""}`}>{day.day}</span>
      {isToday && <span className="text-sm text-accent">{t("schedules.today")}</span>}
      {hours !== USUAL_HOURS && <span className="tone-deferred tone-text ml-auto text-sm whitespace-nowrap">{t("schedules.hours", { hours })}</span>}
    </div>
  );
}

function Hours({ count }: { count: number }) {
  return (
    <div aria-hidden="true" className="relative" style={{ height: count * HOUR }}>
      {Array.from({ length: Math.min(count, USUAL_HOURS) - 1 }, (_, at) => (
        <span key={at} className="absolute right-1.5 -translate-y-1/2 text-xs tabular-nums text-ink-3" style={{ top: (at + 1) * HOUR }}>
          {String(at + 1).padStart(2, "0")}:00
        </span>
      ))}
    </div>
  );
}

const LINES = {
  backgroundImage: "linear-gradient(to bottom, var(--line) 1px, transparent 1px)",
  backgroundSize: `100% ${HOUR}px`,
} as const;

function DayColumn({ day, tallest, occurrences, place, now, onOpen }: Omit<Shown, "days"> & { day: ZonedDay; tallest: number }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const hours = hoursIn(day);
  const entries = entriesOf(occurrences, day, now);
  const strips = placed(entries.filter(isStrip), day, LEAST);
  const blocks = placed(entries.filter((entry) => !isStrip(entry)), day, LEAST);
  const isChanging = hours !== USUAL_HOURS;
  const margin = isChanging ? MARGIN : 0;
  const nowAt = (now - day.start) / 3_600_000;
  return (
    <section
      aria-label={isChanging ? `${format.wholeDay(day)}, ${t("schedules.hours", { hours })}` : format.wholeDay(day)}
      className="relative border-l border-line bg-sunk"
      style={{ height: Math.max(tallest, USUAL_HOURS) * HOUR }}
    >
      <div className="absolute inset-x-0 top-0 bg-paper" style={{ height: hours * HOUR, ...LINES }} />
      {isChanging && <OwnHours day={day} zone={place.zone} />}
      {strips.map((strip, at) => (
        <Strip key={strip.occurrences[0].schedule.id} strip={strip} left={margin + at * STRIP} place={place} onOpen={onOpen} />
      ))}
      {blocks.map((block) => (
        <Block
          key={`${block.occurrences[0].schedule.id} ${block.start}`}
          block={block}
          left={margin + strips.length * STRIP}
          place={place}
          onOpen={onOpen}
        />
      ))}
      {nowAt >= 0 && nowAt < hours && (
        <div className="pointer-events-none absolute inset-x-0 z-10 border-t-2 border-accent" style={{ top: nowAt * HOUR }}>
          <span className="sr-only">{t("schedules.now", { time: format.time(now) })}</span>
        </div>
      )}
    </section>
  );
}

/** Whether so many moments, over so long, stand beside the others. */
function isStrip({ occurrences, start, end }: Entry): boolean {
  return occurrences.length > 1 && end - start > LEAST_STRIP;
}

/** The hours as the clocks of such a day show them: one is left out, or comes twice. */
function OwnHours({ day, zone }: { day: ZonedDay; zone: string }) {
  return (
    <div aria-hidden="true" className="absolute inset-y-0 left-0 w-6 border-r border-line">
      {hoursOf(day, zone).map(({ at, hour }, place) => (
        <span key={at} className="absolute right-1 -translate-y-1/2 text-xs tabular-nums text-ink-3" style={{ top: place === 0 ? 8 : place * HOUR }}>
          {String(hour).padStart(2, "0")}
        </span>
      ))}
    </div>
  );
}

interface BlockProps {
  /** Pixels on the left that are taken. */
  left: number;
  place: Place;
  onOpen: (occurrence: Occurrence) => void;
}

/** What a block says, and whether it is the chosen one. */
function useSaid(occurrences: readonly [Occurrence, ...Occurrence[]], place: Place) {
  const { t } = useTranslation();
  const tell = useTell();
  const [first] = occurrences;
  const isMany = occurrences.length > 1;
  const time = useCalendarFormat(place.zone).time(first.at);
  const collision = tell.collision(occurrences);
  const fate = isMany ? t("schedules.times", { count: occurrences.length }) : tell.fate(first);
  const details = [fate, collision, isMany ? null : tell.length(first), tell.remark(first)].filter((part) => part !== null);
  const isChosen = first.schedule.id === place.schedule && (isMany || first.at === place.moment || place.moment === "");
  return { tone: toneOfAll(occurrences), time, fate, collision, details, isChosen };
}

/** One moment, as tall as its job is long. */
function Block({ block: { occurrences, top, hours, lane, lanes, measured }, left, place, onOpen }: BlockProps & { block: Placed }) {
  const [first] = occurrences;
  const { tone, time, fate, collision, details, isChosen } = useSaid(occurrences, place);
  const height = hours * HOUR - 1;
  const isTall = height >= TWO_LINES;
  const shown = collision ?? fate;
  return (
    <button
      type="button"
      title={[`${time} ${first.schedule.name}`, ...details].join("\n")}
      aria-pressed={isChosen}
      onClick={() => onOpen(first)}
      className={`tone-${tone} tone-panel absolute flex flex-col overflow-hidden rounded-sm border border-line-strong pr-1 pl-1.5 text-left leading-4 hover:z-10 hover:border-ink-3 aria-pressed:border-ink ${
        willRun(first) ? "" : "border-dashed"
      } ${measured ? "" : "rounded-b-none border-b-0"}`}
      style={{
        top: top * HOUR,
        height,
        left: `calc(${left}px + (100% - ${left}px) * ${lane / lanes} + 1px)`,
        width: `calc((100% - ${left}px) * ${1 / lanes} - 2px)`,
      }}
    >
      <span className="flex w-full min-w-0 items-center gap-1 whitespace-nowrap">
        <Mark tone={tone} size={8} />
        {!isTall && <span className="text-xs tabular-nums text-ink-2">{time}</span>}
        <span className="truncate text-sm font-medium">{first.schedule.name}</span>
      </span>
      {isTall && (
        <span className="text-xs text-ink-2">
          <span className="tabular-nums">{time}</span> {shown}
        </span>
      )}
      <Unseen parts={details.filter((part) => !isTall || part !== shown)} />
    </button>
  );
}

/** What there is no room for, for those who do not see the block. */
function Unseen({ parts }: { parts: readonly string[] }) {
  return <span className="sr-only">{parts.map((part) => `, ${part}`).join("")}</span>;
}

/** A schedule that fires often on a day: a strip beside the others, from its first moment to its last. */
function Strip({ strip: { occurrences, top, hours }, left, place, onOpen }: BlockProps & { strip: Placed }) {
  const [first] = occurrences;
  const { tone, time, fate, details, isChosen } = useSaid(occurrences, place);
  return (
    <button
      type="button"
      title={[`${time} ${first.schedule.name}`, ...details].join("\n")}
      aria-pressed={isChosen}
      onClick={() => onOpen(first)}
      className={`tone-${tone} tone-panel absolute flex items-center gap-1 overflow-hidden rounded-sm border border-line-strong pt-1 text-xs [writing-mode:vertical-rl] hover:border-ink-3 aria-pressed:border-ink`}
      style={{ top: top * HOUR, height: hours * HOUR - 1, left: left + 1, width: STRIP - 2 }}
    >
      <Mark tone={tone} size={8} />
      <span className="font-medium whitespace-nowrap">{first.schedule.name}</span>
      <span className="whitespace-nowrap text-ink-2">{fate}</span>
      <Unseen parts={[time, ...details.filter((part) => part !== fate)]} />
    </button>
  );
}

/** Whether a job runs, or ran. */
function willRun({ fate, job }: Occurrence): boolean {
  return job !== null || fate === "EXPECTED" || fate === "WILL_WAIT" || fate === "WAITS";
}
