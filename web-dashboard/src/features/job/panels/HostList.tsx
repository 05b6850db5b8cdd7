import { useVirtualizer } from "@tanstack/react-virtual";
import { X } from "lucide-react";
import { useDeferredValue, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { hostTone } from "../../../tones";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { useKeys } from "../../../ui/keys";
import { Moment } from "../../../ui/Moment";
import { Segmented } from "../../../ui/Segmented";
import { Nothing, Skeleton, State } from "../../../ui/State";
import { SearchField } from "../../../ui/SearchField";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import type { Job } from "../job.query";
import { filterOf, type Sieve, sieveOf, SIEVES } from "./hostFilter";
import type { HostRow } from "./hosts.query";
import { usePages } from "./usePages";
import { useHostAddress } from "../useHostAddress";

const ROW = 32;
const COLUMNS = "grid grid-cols-[minmax(110px,1fr)_52px_132px_100px_minmax(120px,2fr)_84px] items-center gap-x-3 px-4";

/** The hosts of a job as a list: what the grid shows, in words. */
export function HostList({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sieveText, setSieve] = useAddress("only");
  const [search, setSearch] = useAddress("q");
  const [batch, setBatch] = useAddress("batch");
  const [, setHost] = useHostAddress();
  const sieve = sieveOf(sieveText);
  const scroller = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const filter = filterOf(sieve, useDeferredValue(search), batch);
  const pages = usePages(job.ulid, filter, job.position, () => range.current);
  const rows = useVirtualizer({
    count: pages.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    range.current = [items[0]?.index ?? 0, last];
    if (pages.more && last >= pages.rows.length - 20) pages.next();
  });
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
      {pages.error !== null && <State tone="failed" title={t("state.refused")}>{pages.error}</State>}
      {pages.loading && <Skeleton label={t("state.loading")} lines={6} />}
      {!pages.loading && pages.rows.length === 0 && pages.error === null && <Nothing>{t("hosts.none")}</Nothing>}
      <div className="min-h-0 flex-1 overflow-x-auto" hidden={pages.rows.length === 0}>
        <div className="flex h-full min-w-[680px] flex-col" role="table" aria-label={t("view.hosts")} aria-rowcount={pages.total ?? -1}>
          <div role="row" className={`${COLUMNS} eyebrow h-6 border-b border-line`}>
            {(["host", "batch", "state", "step", "detail", "ended"] as const).map((name) => (
              <span key={name} role="columnheader">
                {t(`hosts.column.${name}`)}
              </span>
            ))}
          </div>
          <div ref={scroller} className="h-[460px] overflow-y-auto lg:h-auto lg:min-h-0 lg:flex-1" tabIndex={0} role="rowgroup">
            <div className="relative" role="presentation" style={{ height: rows.getTotalSize() }}>
              {items.map(({ index, start }) => {
                const row = pages.rows[index];
                return row === undefined ? null : <Row key={row.id} row={row} start={start} onOpen={() => setHost(row.host)} />;
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

function Row({ row, start, onOpen }: { row: HostRow; start: number; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <div
      role="row"
      className={`${COLUMNS} absolute inset-x-0 h-8 border-b border-line hover:bg-hover`}
      style={{ transform: `translateY(${start}px)` }}
    >
      <span role="cell" className="min-w-0">
        <button type="button" onClick={onOpen} className="block w-full truncate text-left font-medium after:absolute after:inset-0">
          {row.host}
        </button>
      </span>
      <span role="cell" className="text-ink-2">
        {row.batch}
      </span>
      <span role="cell" className="truncate">
        <Badge tone={hostTone(row.status, row.outcome)}>
          {row.outcome === null ? t(`hostStatus.${row.status}`) : t(`hostOutcome.${row.outcome}`)}
        </Badge>
      </span>
      <span role="cell" className="truncate text-ink-2">
        {row.step ?? ""}
      </span>
      <span role="cell" className={`truncate ${row.error === null ? "text-ink-3" : ""}`} title={row.error ?? row.state}>
        {row.error ?? (row.outcome === null ? row.state : "")}
      </span>
      <span role="cell" className="text-ink-3">
        {row.finishedAt !== null && <Moment at={row.finishedAt} />}
      </span>
    </div>
  );
}
