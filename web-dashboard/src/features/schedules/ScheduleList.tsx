import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { useLanguage } from "../../preferences";
import { JobBadge } from "../../rollout/JobBadge";
import { Badge } from "../../ui/Badge";
import { useKeys } from "../../ui/keys";
import { Away } from "../../ui/Moment";
import { SearchField } from "../../ui/SearchField";
import { Nothing } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useAddress } from "../../useAddress";
import { useCalendarFormat } from "./calendarFormat";
import { cronWords } from "./cronWords";
import type { ScheduleRow } from "./schedules.query";
import type { Place } from "./usePlace";

const GRID = "grid grid-cols-[minmax(150px,1fr)_minmax(200px,1.4fr)_minmax(130px,0.8fr)_minmax(150px,0.8fr)] gap-x-4 px-4";

/** Every schedule in a line: when in words, when next, and how its last job ended. */
export function ScheduleList({ rows, place }: { rows: readonly ScheduleRow[]; place: Place }) {
  const { t } = useTranslation();
  const [search, setSearch] = useAddress("q");
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  const wanted = search.trim().toLowerCase();
  const found = rows.filter(({ name, template }) => `${name}\n${template}`.toLowerCase().includes(wanted));
  return (
    <>
      <div className="flex px-4 py-2">
        <SearchField label={t("schedules.search")} field={field} value={search} onChange={(event) => setSearch(event.target.value)} className="h-7 w-64" />
      </div>
      {found.length === 0 ? (
        <Nothing>{t("schedules.notFound")}</Nothing>
      ) : (
        <VirtualList
          label={t("nav.schedules")}
          rows={found}
          keyOf={({ id }) => id}
          total={found.length}
          rowHeight={52}
          columns={[
            { key: "schedule", label: t("schedules.column.schedule") },
            { key: "when", label: t("schedules.column.when") },
            { key: "next", label: t("schedules.column.next", { zone: place.zone }) },
            { key: "last", label: t("schedules.column.last") },
          ]}
          grid={GRID}
          minWidth="min-w-[720px]"
          height="h-[60dvh] md:h-auto md:min-h-0 md:flex-1"
        >
          {(row) => <Row row={row} place={place} />}
        </VirtualList>
      )}
    </>
  );
}

function Row({ row, place }: { row: ScheduleRow; place: Place }) {
  return (
    <>
      <span role="cell" className="min-w-0">
        <button
          type="button"
          className="block max-w-full truncate font-medium after:absolute after:inset-0"
          onClick={() => place.go({ schedule: row.id, moment: "", form: "" })}
        >
          {row.name}
        </button>
        <span className="block truncate text-sm text-ink-3">{row.template}</span>
      </span>
      <span role="cell" className="min-w-0">
        <CronLine cron={row.cron} zone={row.zone} />
      </span>
      <span role="cell">
        <Next row={row} place={place} />
      </span>
      <span role="cell" className="relative">
        <LastJob row={row} />
      </span>
    </>
  );
}

/** A cron expression in words, and as it was typed. */
export function CronLine({ cron, zone }: { cron: string; zone: string }) {
  const words = cronWords(cron, useLanguage());
  return (
    <>
      {words !== null && <span className="block truncate">{words}</span>}
      <span className="block truncate text-sm text-ink-3">
        <code className="font-mono">{cron}</code> · {zone}
      </span>
    </>
  );
}

function Next({ row, place }: { row: ScheduleRow; place: Place }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(place.zone);
  const [next] = row.upcoming;
  if (row.paused) return <Badge tone="cancelled">{t("schedules.paused")}</Badge>;
  if (next === undefined) return <span className="text-ink-3">{t("schedules.never")}</span>;
  return (
    <>
      <span className="block whitespace-nowrap tabular-nums">{format.moment(next.at)}</span>
      <span className="block text-sm text-ink-3">
        {row.queued === null ? <Away at={next.at} /> : t("schedules.oneWaits")}
      </span>
    </>
  );
}

function LastJob({ row: { lastJob } }: { row: ScheduleRow }) {
  const { t } = useTranslation();
  if (lastJob === null) return <span className="text-ink-3">{t("schedules.noJob")}</span>;
  return (
    <Link to={links.job(lastJob.ulid)} className="relative z-10 inline-block hover:underline">
      <JobBadge job={lastJob} />
      <span className="block text-sm text-ink-3">
        <Away at={lastJob.createdAt} />
      </span>
    </Link>
  );
}
