import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/Button";
import { Mark } from "../../ui/Mark";
import { useFormat } from "../../useFormat";
import { useCalendarFormat } from "./calendarFormat";
import type { ScheduleRow } from "./schedules.query";
import type { Place } from "./usePlace";
import type { ZonedDay } from "../../zoned";

interface CalendarBarProps {
  rows: readonly ScheduleRow[];
  place: Place;
  days: readonly ZonedDay[];
  onStep: (by: number) => void;
}

/** Which stretch of time is shown and on whose clocks, and how to go elsewhere. */
export function CalendarBar({ rows, place, days, onStep }: CalendarBarProps) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const [first, last] = [days[0] ?? place.day, days.at(-1) ?? place.day];
  const view = place.view === "month" ? "month" : "week";
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-4 py-2">
      <IconButton label={t(`schedules.before.${view}`)} onClick={() => onStep(-1)}>
        <ChevronLeft size={16} aria-hidden="true" />
      </IconButton>
      <Button hotkey="t" onClick={() => place.go({ at: "" })}>
        {t("schedules.today")}
      </Button>
      <IconButton label={t(`schedules.after.${view}`)} onClick={() => onStep(1)}>
        <ChevronRight size={16} aria-hidden="true" />
      </IconButton>
      <h2 className="ml-1 text-lg font-semibold" aria-live="polite">
        {view === "month" ? format.month(place.day) : format.range(first, last)}
      </h2>
      <div className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="hidden items-center gap-1.5 text-sm text-ink-2 lg:flex">
          <Mark tone="deferred" />
          {t("schedules.collisionLegend")}
        </p>
        <ZoneChooser rows={rows} place={place} />
      </div>
    </div>
  );
}

/** The reader's zone, UTC, and the zones that schedules are meant in. */
function ZoneChooser({ rows, place }: { rows: readonly ScheduleRow[]; place: Place }) {
  const { t } = useTranslation();
  const own = useFormat().zone;
  const zones = [...new Set(["UTC", ...rows.map(({ zone }) => zone), place.zone])].filter((zone) => zone !== own).toSorted();
  return (
    <label className="flex items-center gap-2 text-sm text-ink-2">
      {t("schedules.zone")}
      <select
        value={place.zone}
        onChange={(event) => place.go({ zone: event.target.value === own ? "" : event.target.value })}
        className="h-7 max-w-52 rounded-md border border-line-strong bg-paper px-1.5 text-base text-ink"
      >
        <option value={own}>{t("schedules.ownZone", { zone: own })}</option>
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </select>
    </label>
  );
}
