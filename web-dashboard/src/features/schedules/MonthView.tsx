import { useTranslation } from "react-i18next";
import { Mark } from "../../ui/Mark";
import { useCalendarFormat } from "./calendarFormat";
import { type Entry, entriesOf } from "./layout";
import type { Occurrence } from "./schedules.query";
import { toneOfAll, useTell } from "./tell";
import type { Place } from "./usePlace";
import type { Shown } from "./WeekView";
import { dayText, hoursIn, isSameDay, type ZonedDay } from "../../zoned";

/** What a day has room for; the rest is a line that leads to the week. */
const MOST_LINES = 4;

/** The weeks of a month. */
export function MonthView({ days, occurrences, place, now, onOpen }: Shown) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  return (
    <div className="min-h-0 flex-1 overflow-auto border-t border-line" tabIndex={0} role="region" aria-label={t("schedules.view.month")}>
      <div className="grid min-h-full min-w-[720px] auto-rows-fr grid-cols-7 grid-rows-[auto]">
        {days.slice(0, 7).map((day) => (
          <div key={day.start} aria-hidden="true" className="eyebrow border-b border-line px-2 py-1 not-first:border-l">
            {format.weekday(day)}
          </div>
        ))}
        {days.map((day) => (
          <DayCell key={day.start} day={day} entries={entriesOf(occurrences, day, now)} place={place} onOpen={onOpen} />
        ))}
      </div>
    </div>
  );
}

interface DayCellProps {
  day: ZonedDay;
  entries: readonly Entry[];
  place: Place;
  onOpen: (occurrence: Occurrence) => void;
}

function DayCell({ day, entries, place, onOpen }: DayCellProps) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const isToday = isSameDay(day, place.today);
  const isOther = day.month !== place.day.month;
  const begun = entries.filter(({ occurrences: [first] }) => Date.parse(first.at) >= day.start);
  const shown = begun.length > MOST_LINES ? begun.slice(0, MOST_LINES - 1) : begun;
  const hours = hoursIn(day);
  return (
    <section
      aria-label={format.wholeDay(day)}
      aria-current={isToday ? "date" : undefined}
      className={`min-h-24 border-b border-l border-line px-1 py-1 nth-[7n+1]:border-l-0 ${isOther ? "bg-sunk" : ""}`}
    >
      <p className="flex items-baseline justify-between px-1">
        <button
          type="button"
          title={t("schedules.openWeek", { day: format.wholeDay(day) })}
          onClick={() => place.go({ view: "", at: dayText(day) })}
          className={`rounded-sm px-1 tabular-nums hover:bg-hover ${isToday ? "bg-accent font-semibold text-accent-ink" : isOther ? "text-ink-3" : "text-ink-2"}`}
        >
          {day.day}
        </button>
        {hours !== 24 && <span className="tone-deferred tone-text text-xs">{t("schedules.hours", { hours })}</span>}
      </p>
      <ul className="mt-0.5">
        {shown.map((entry) => (
          <Line key={`${entry.occurrences[0].schedule.id} ${entry.start}`} entry={entry} place={place} onOpen={onOpen} />
        ))}
        {shown.length < begun.length && (
          <li>
            <button
              type="button"
              className="w-full rounded-sm px-1 text-left text-sm text-ink-2 hover:bg-hover"
              onClick={() => place.go({ view: "", at: dayText(day) })}
            >
              {t("schedules.more", { count: begun.length - shown.length })}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

function Line({ entry: { occurrences }, place, onOpen }: { entry: Entry; place: Place; onOpen: (occurrence: Occurrence) => void }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const tell = useTell();
  const [first] = occurrences;
  const tone = toneOfAll(occurrences);
  const times = occurrences.length > 1 ? t("schedules.times", { count: occurrences.length }) : null;
  const said = [times ?? tell.fate(first), tell.collision(occurrences)].filter((part) => part !== null);
  return (
    <li>
      <button
        type="button"
        title={said.join("\n")}
        onClick={() => onOpen(first)}
        className="flex w-full min-w-0 items-center gap-1 rounded-sm px-1 text-left hover:bg-hover"
      >
        <Mark tone={tone} size={8} />
        <span className="text-xs tabular-nums text-ink-2">{format.time(first.at)}</span>
        <span className="min-w-0 truncate text-sm">{first.schedule.name}</span>
        {times !== null && <span className="ml-auto text-xs whitespace-nowrap text-ink-3">{times}</span>}
        <span className="sr-only">{said.filter((part) => part !== times).map((part) => `, ${part}`).join("")}</span>
      </button>
    </li>
  );
}
