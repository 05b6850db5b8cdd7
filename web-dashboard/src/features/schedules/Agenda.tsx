import { useTranslation } from "react-i18next";
import { Mark } from "../../ui/Mark";
import { Nothing } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useCalendarFormat } from "./calendarFormat";
import { type Entry, entriesOf } from "./layout";
import { toneOfAll, useTell } from "./tell";
import type { Shown } from "./WeekView";
import { dayText, isSameDay, type ZonedDay } from "../../zoned";

type Row = { day: ZonedDay; entry: null } | { day: ZonedDay; entry: Entry };

const GRID = "grid grid-cols-[52px_1fr] gap-x-2 px-4";

/** What is on, day after day: the calendar where there is no room for one. */
export function Agenda({ days, occurrences, place, now, onOpen }: Shown) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const tell = useTell();
  const rows = days.flatMap((day): Row[] => {
    const begun = entriesOf(occurrences, day, now).filter(({ occurrences: [first] }) => Date.parse(first.at) >= day.start);
    return begun.length === 0 ? [] : [{ day, entry: null }, ...begun.map((entry) => ({ day, entry }))];
  });
  if (rows.length === 0) return <Nothing>{t("schedules.nothing")}</Nothing>;
  return (
    <VirtualList
      label={t("nav.schedules")}
      rows={rows}
      keyOf={({ day, entry }) => (entry === null ? day.start : `${entry.occurrences[0].schedule.id} ${entry.start}`)}
      total={rows.length}
      rowHeight={44}
      columns={[
        { key: "time", label: t("schedules.column.time") },
        { key: "what", label: t("schedules.column.schedule") },
      ]}
      grid={GRID}
      minWidth="min-w-0"
      height="h-[calc(100dvh-17rem)]"
    >
      {({ day, entry }) => {
        if (entry === null) {
          const isToday = isSameDay(day, place.today);
          return (
            <span role="cell" aria-colspan={2} data-day={dayText(day)} className={`col-span-2 self-end pb-1 font-semibold ${isToday ? "text-accent" : ""}`}>
              {format.day(day)}
              {isToday && <span className="ml-2 font-normal">{t("schedules.today")}</span>}
            </span>
          );
        }
        const [first] = entry.occurrences;
        const many = entry.occurrences.length > 1 ? t("schedules.times", { count: entry.occurrences.length }) : null;
        const said = [tell.collision(entry.occurrences), many ?? tell.fate(first), many === null ? tell.length(first) : null];
        return (
          <>
            <span role="cell" className="tabular-nums text-ink-2">
              {format.time(first.at)}
            </span>
            <span role="cell" className="min-w-0">
              <button type="button" className="flex items-center gap-1.5 font-medium after:absolute after:inset-0" onClick={() => onOpen(first)}>
                <Mark tone={toneOfAll(entry.occurrences)} />
                {first.schedule.name}
              </button>
              <span className="block truncate text-sm text-ink-2">{said.filter((part) => part !== null).join(" · ")}</span>
            </span>
          </>
        );
      }}
    </VirtualList>
  );
}
