import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useLive } from "../../api/useLive";
import { usePages } from "../../api/usePages";
import { links } from "../../links";
import { Button } from "../../ui/Button";
import { ButtonLink } from "../../ui/ButtonLink";
import { PageHeader } from "../../ui/PageHeader";
import { Skeleton, State, Trouble } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useFormat } from "../../useFormat";
import { useSettled } from "../../useThrottled";
import { Filters } from "./Filters";
import { askedOf, filterOf, isNarrowed } from "./jobFilter";
import { type JobRow as Row, JobsQuery, jobsOf, SomethingMoved } from "./jobs.query";
import { GRID, JobRow, WIDE_ONLY } from "./JobRow";

const NO_VARIABLES = {};
const COLUMNS = ["job", "state", "progress", "failed", "took", "by", "created"] as const;
const RIGHT: readonly string[] = ["failed", "took", "created"];

/** Every job, newest first, filtered by what the address says. */
export function JobsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const asked = askedOf(search);
  const range = useRef<[number, number]>([0, 0]);
  const { data } = useLive(SomethingMoved, NO_VARIABLES);
  const filter = useSettled(JSON.stringify(filterOf(asked, format.zone)));
  const list = { document: JobsQuery, variables: { filter: JSON.parse(filter) as ReturnType<typeof filterOf> }, of: jobsOf, gently: true };
  const pages = usePages(list, data?.overview.position ?? 0, () => range.current);
  const narrowed = isNarrowed(asked);
  const none = !pages.loading && pages.error === null && pages.rows.length === 0;
  const clear = () => setSearch({}, { replace: true });
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={t("nav.jobs")}
        heading={
          <>
            {t("nav.jobs")}
            {pages.total !== null && <span className="ml-2 text-base font-normal text-ink-3">{format.number(pages.total)}</span>}
          </>
        }
        actions={<ButtonLink to={links.newJob()} look="primary">{t("jobs.new")}</ButtonLink>}
      />
      <Filters asked={asked} actors={pages.rows.map((row) => row.requestedBy)} narrowed={narrowed} onClear={clear} />
      {pages.loading && <Skeleton label={t("state.loading")} lines={6} />}
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {none && narrowed && (
        <State title={t("jobs.noMatch")} action={<Button onClick={clear}>{t("jobs.clear")}</Button>}>
          {t("jobs.noMatchExplain")}
        </State>
      )}
      {none && !narrowed && (
        <State title={t("jobs.none")} action={<ButtonLink to={links.newJob()} look="primary">{t("jobs.new")}</ButtonLink>}>
          {t("jobs.noneExplain")}
        </State>
      )}
      {pages.rows.length > 0 && (
        <VirtualList<Row>
          label={t("nav.jobs")}
          rows={pages.rows}
          keyOf={({ id }) => id}
          total={pages.total}
          rowHeight={48}
          grid={GRID}
          minWidth="md:min-w-[860px]"
          height="h-[560px] lg:h-auto lg:min-h-0 lg:flex-1"
          columns={COLUMNS.map((key) => ({ key, label: t(`jobs.column.${key}`), className: `${RIGHT.includes(key) ? "text-right" : ""} ${WIDE_ONLY.includes(key) ? "max-md:hidden" : ""}` }))}
          stale={pages.stale}
          onSight={(first, last) => (range.current = [first, last])}
          {...(pages.more ? { onNearEnd: pages.next } : {})}
        >
          {(row) => <JobRow row={row} />}
        </VirtualList>
      )}
    </div>
  );
}
