import { X } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "../../../api/usePages";
import { HostBadge } from "../../../rollout/HostBadge";
import { Button } from "../../../ui/Button";
import { useKeys } from "../../../ui/keys";
import { Moment } from "../../../ui/Moment";
import { Segmented } from "../../../ui/Segmented";
import { Nothing, Skeleton, Trouble } from "../../../ui/State";
import { SearchField } from "../../../ui/SearchField";
import { VirtualList } from "../../../ui/VirtualList";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import { useSettled } from "../../../useThrottled";
import { useWords } from "../../../useWords";
import type { Job } from "../job.query";
import { filterOf, type Sieve, sieveOf, SIEVES } from "./hostFilter";
import { type HostRow, HostRunsQuery, hostRunsOf } from "./hosts.query";
import { useHostAddress } from "../useHostAddress";

const GRID = "grid grid-cols-[minmax(110px,1fr)_52px_132px_100px_minmax(120px,2fr)_84px] gap-x-3 px-4";
const COLUMNS = ["host", "batch", "state", "step", "detail", "ended"] as const;

/** The hosts of a job as a list: what the grid shows, in words. */
export function HostList({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sieveText, setSieve] = useAddress("only");
  const [search, setSearch] = useAddress("q");
  const [batch, setBatch] = useAddress("batch");
  const [, setHost] = useHostAddress();
  const sieve = sieveOf(sieveText);
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const filter = filterOf(sieve, useSettled(search), batch);
  const list = { document: HostRunsQuery, variables: { job: job.ulid, filter }, of: hostRunsOf, gently: true };
  const pages = usePages(list, job.position, () => range.current);
  useKeys([
    { key: "/", label: t("keys.search"), run: () => field.current?.focus() },
    { key: "f", label: t("keys.onlyFailed"), run: () => setSieve("failed") },
  ]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-2 px-4 py-2">
        <Segmented<Sieve>
          label={t("hosts.only")}
          value={sieve}
          onChoose={(value) => setSieve(value === "all" ? "" : value)}
          choices={SIEVES.map((value) => ({ value, label: t(`sieve.${value}`) }))}
        />
        <SearchField
          label={t("hosts.search")}
          field={field}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="h-6.5 w-44 text-sm"
        />
        {batch !== "" && (
          <Button className="h-6.5 px-2 text-sm" onClick={() => setBatch("")}>
            {t("hosts.batch", { batch })}
            <X size={12} aria-label={t("hosts.allBatches")} />
          </Button>
        )}
        {pages.total !== null && (
          <span className="ml-auto text-sm text-ink-3">{t("hosts.total", { count: pages.total, total: format.number(pages.total) })}</span>
        )}
      </div>
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {pages.loading && <Skeleton label={t("state.loading")} lines={6} />}
      {!pages.loading && pages.rows.length === 0 && pages.error === null && <Nothing>{t("hosts.none")}</Nothing>}
      {pages.rows.length > 0 && (
        <VirtualList
          label={t("view.hosts")}
          rows={pages.rows}
          keyOf={({ id }) => id}
          total={pages.total}
          rowHeight={32}
          grid={GRID}
          minWidth="min-w-[680px]"
          columns={COLUMNS.map((key) => ({ key, label: t(`hosts.column.${key}`) }))}
          stale={pages.stale}
          onSight={(first, last) => (range.current = [first, last])}
          {...(pages.more ? { onNearEnd: pages.next } : {})}
        >
          {(row) => <Cells row={row} onOpen={() => setHost(row.host)} />}
        </VirtualList>
      )}
    </div>
  );
}

function Cells({ row, onOpen }: { row: HostRow; onOpen: () => void }) {
  const words = useWords();
  const state = words.said(row.sentence);
  return (
    <>
      <span role="cell" className="min-w-0">
        <button type="button" onClick={onOpen} className="block w-full truncate text-left font-medium after:absolute after:inset-0">
          {row.host}
        </button>
      </span>
      <span role="cell" className="text-ink-2">
        {row.batch}
      </span>
      <span role="cell" className="truncate">
        <HostBadge still run={row} />
      </span>
      <span role="cell" className="truncate text-ink-2">
        {row.step ?? ""}
      </span>
      <span role="cell" className={`truncate ${row.error === null ? "text-ink-3" : ""}`} title={row.error ?? state}>
        {row.error ?? (row.outcome === null ? state : "")}
      </span>
      <span role="cell" className="text-ink-3">
        {row.finishedAt !== null && <Moment at={row.finishedAt} />}
      </span>
    </>
  );
}
