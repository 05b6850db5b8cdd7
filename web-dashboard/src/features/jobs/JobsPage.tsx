import { useDeferredValue, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { JOB_STATUS_TONE, type JobStatus, jobTone, MOVES } from "../../tones";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { useKeys } from "../../ui/keys";
import { Moment } from "../../ui/Moment";
import { Segmented } from "../../ui/Segmented";
import { Nothing, Skeleton, State } from "../../ui/State";
import { SearchField } from "../../ui/SearchField";
import { useAddress } from "../../useAddress";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import type { JobRow } from "./jobs.query";
import { useJobs } from "./useJobs";

const ALL = "ALL";
const STATUSES = Object.keys(JOB_STATUS_TONE) as JobStatus[];

/** Every job, newest first, filtered by what the address says. */
export function JobsPage() {
  const { t } = useTranslation();
  const [asked, setAsked] = useAddress("status");
  const [search, setSearch] = useAddress("q");
  const field = useRef<HTMLInputElement>(null);
  const status = STATUSES.find((status) => status === asked) ?? null;
  const jobs = useJobs(status, useDeferredValue(search.trim()));
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  return (
    <div>
      <title>{`${t("nav.jobs")} · Stagger`}</title>
      <header className="flex flex-wrap items-center gap-2 px-4 pt-3 pb-2">
        <h1 className="mr-2 text-xl font-semibold tracking-tight">{t("nav.jobs")}</h1>
        <div className="max-w-full overflow-x-auto">
          <Segmented<JobStatus | typeof ALL>
            label={t("jobs.status")}
            value={status ?? ALL}
            onChoose={(value) => setAsked(value === ALL ? "" : value)}
            choices={[
              { value: ALL, label: t("jobs.all") },
              ...STATUSES.map((value) => ({ value, label: t(`jobStatus.${value}`) })),
            ]}
          />
        </div>
        <SearchField
          label={t("jobs.search")}
          field={field}
          place="ml-auto"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="h-7 w-56"
        />
      </header>
      {jobs.loading && <Skeleton label={t("state.loading")} lines={6} />}
      {jobs.error !== null && <State tone="failed" title={t("state.refused")}>{jobs.error}</State>}
      {!jobs.loading && jobs.error === null && jobs.rows.length === 0 && <Nothing>{t("jobs.none")}</Nothing>}
      {jobs.rows.length > 0 && <Rows rows={jobs.rows} />}
      {jobs.next !== null && (
        <Button look="quiet" className="m-4" onClick={jobs.older}>
          {t("jobs.older")}
        </Button>
      )}
    </div>
  );
}

function Rows({ rows }: { rows: readonly JobRow[] }) {
  const { t } = useTranslation();
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[640px] border-t border-line">
        <thead>
          <tr className="eyebrow border-b border-line text-left">
            <th scope="col" className="py-1 pl-4 font-medium">{t("jobs.column.job")}</th>
            <th scope="col" className="px-3 font-medium">{t("jobs.column.state")}</th>
            <th scope="col" className="px-3 text-right font-medium">{t("jobs.column.settled")}</th>
            <th scope="col" className="px-3 text-right font-medium">{t("jobs.column.failed")}</th>
            <th scope="col" className="px-3 font-medium">{t("jobs.column.by")}</th>
            <th scope="col" className="pr-4 pl-3 text-right font-medium">{t("jobs.column.created")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: JobRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  return (
    <tr className="relative border-b border-line align-top hover:bg-hover">
      <td className="py-2 pl-4">
        <Link to={links.job(row.ulid)} className="font-medium after:absolute after:inset-0">
          {row.template}
        </Link>
        <code className="block font-mono text-xs text-ink-3">{row.ulid}</code>
      </td>
      <td className="max-w-90 px-3 py-2">
        <Badge tone={jobTone(row.status, row.outcome)} pulse={MOVES[row.status]}>
          {row.outcome === null ? t(`jobStatus.${row.status}`) : t(`jobOutcome.${row.outcome}`)}
        </Badge>
        {row.hold !== null && <p className="truncate text-sm text-ink-2">{words.hold(row.hold)}</p>}
      </td>
      <td className="px-3 py-2 text-right whitespace-nowrap tabular-nums">
        {format.number(row.counts.settled)} <span className="text-ink-3">/ {format.number(row.counts.hosts)}</span>
      </td>
      <td className={`px-3 py-2 text-right tabular-nums ${row.counts.failed > 0 ? "tone-failed tone-text font-semibold" : "text-ink-3"}`}>
        {format.number(row.counts.failed)}
      </td>
      <td className="px-3 py-2 text-ink-2">{row.requestedBy}</td>
      <td className="py-2 pr-4 pl-3 text-right whitespace-nowrap text-ink-2">
        <Moment at={row.createdAt} />
      </td>
    </tr>
  );
}
