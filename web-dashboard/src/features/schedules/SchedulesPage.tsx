import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { useKeys } from "../../ui/keys";
import { PageHeader } from "../../ui/PageHeader";
import { Skeleton, State } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { useMedia } from "../../useMedia";
import { useNow } from "../../useFormat";
import { Agenda } from "./Agenda";
import { CalendarBar } from "./CalendarBar";
import { useCalendarFormat } from "./calendarFormat";
import { MonthView } from "./MonthView";
import { ScheduleForm } from "./ScheduleForm";
import { ScheduleList } from "./ScheduleList";
import { SchedulePanel } from "./SchedulePanel";
import { CalendarQuery, type Occurrence, type ScheduleRow, SchedulesQuery } from "./schedules.query";
import { type Place, usePlace, type View, VIEWS } from "./usePlace";
import { useRead } from "./useRead";
import { WeekView } from "./WeekView";
import { dayText, monthOf, plusDays, plusMonths, weekOf } from "../../zoned";

const FRESH_EVERY = 15_000;
const CLOCK_EVERY = 30_000;

/** When jobs create themselves: the calendar, and everything that can be said of one schedule. */
export function SchedulesPage() {
  const { t } = useTranslation();
  const now = useNow(CLOCK_EVERY);
  const place = usePlace(now);
  const schedules = useRead(SchedulesQuery, {}, FRESH_EVERY);
  const [changes, setChanges] = useState(0);
  const changed = () => {
    schedules.again();
    setChanges((before) => before + 1);
  };
  const create = () => place.go({ form: "new", schedule: "", moment: "" });
  useKeys([{ key: "n", label: t("schedules.new"), run: create }]);
  const rows = schedules.data?.schedules;
  return (
    <div className="flex h-full flex-col">
      <PageHeader
        title={t("nav.schedules")}
        actions={
          <Button look="primary" onClick={create}>
            <Plus size={14} aria-hidden="true" />
            {t("schedules.new")}
          </Button>
        }
      />
      <Tabs<View>
        label={t("schedules.views")}
        value={place.view}
        onChoose={(view) => place.go({ view: view === "week" ? "" : view })}
        choices={VIEWS.map((value) => ({ value, label: t(`schedules.view.${value}`) }))}
      />
      {rows === undefined && schedules.error === null && <Skeleton label={t("state.loading")} lines={6} />}
      {schedules.error !== null && <State tone="failed" title={t("state.refused")}>{schedules.error}</State>}
      {rows?.length === 0 && <Empty onCreate={create} />}
      {rows !== undefined && rows.length > 0 && place.view === "list" && <ScheduleList rows={rows} place={place} />}
      {rows !== undefined && rows.length > 0 && place.view !== "list" && <Planned rows={rows} place={place} now={now} changes={changes} />}
      {place.schedule !== "" && place.form === "" && <SchedulePanel key={place.schedule} place={place} changes={changes} onChange={changed} />}
      {place.form !== "" && <ScheduleForm key={place.form} place={place} onDone={changed} />}
    </div>
  );
}

function Empty({ onCreate }: { onCreate: () => void }) {
  const { t } = useTranslation();
  return (
    <State title={t("schedules.none")} action={<Button onClick={onCreate}>{t("schedules.first")}</Button>}>
      {t("schedules.noneExplain")}
    </State>
  );
}

interface PlannedProps {
  rows: readonly ScheduleRow[];
  place: Place;
  now: number;
  changes: number;
}

function Planned({ rows, place, now, changes }: PlannedProps) {
  const { t } = useTranslation();
  const span = place.view === "month" ? "month" : "week";
  const narrow = useMedia("(width < 48rem)");
  const days = span === "month" ? monthOf(place.day, place.zone) : weekOf(place.day, place.zone);
  const range = { from: new Date(days[0]?.start ?? now).toISOString(), to: new Date(days.at(-1)?.end ?? now).toISOString() };
  const { data, error, again } = useRead(CalendarQuery, range, FRESH_EVERY);
  const [seen, setSeen] = useState(changes);
  if (seen !== changes) {
    setSeen(changes);
    again();
  }
  const move = (to: typeof place.day) => place.go({ at: dayText(to) });
  const step = (by: number) => move(span === "month" ? plusMonths(place.day, by) : plusDays(place.day, 7 * by));
  const leap = (by: number) => move(plusMonths(place.day, span === "month" ? 12 * by : by));
  useKeys([
    { key: "ArrowLeft", label: t(`schedules.before.${span}`), run: () => step(-1) },
    { key: "ArrowRight", label: t(`schedules.after.${span}`), run: () => step(1) },
    { key: "PageUp", label: t(`schedules.leapBefore.${span}`), run: () => leap(-1) },
    { key: "PageDown", label: t(`schedules.leapAfter.${span}`), run: () => leap(1) },
    { key: "t", label: t("schedules.today"), run: () => place.go({ at: "" }) },
  ]);
  const open = (occurrence: Occurrence) => place.go({ schedule: occurrence.schedule.id, moment: occurrence.at, form: "" });
  const calendar = data?.calendar;
  const shown = { days, occurrences: calendar?.occurrences ?? [], place, now, onOpen: open };
  return (
    <>
      <CalendarBar rows={rows} place={place} days={days} onStep={step} />
      {error !== null && <State tone="failed" title={t("state.refused")}>{error}</State>}
      {calendar === undefined && error === null && <Skeleton label={t("state.loading")} lines={8} />}
      {calendar?.truncated === true && <Truncated until={calendar.completeUntil} place={place} />}
      {calendar !== undefined && (narrow ? <Agenda {...shown} /> : span === "month" ? <MonthView {...shown} /> : <WeekView {...shown} />)}
    </>
  );
}

function Truncated({ until, place }: { until: string; place: Place }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  return <p className="tone-deferred tone-panel mx-4 mb-2 px-3 py-1.5">{t("schedules.truncated", { until: format.moment(until) })}</p>;
}
