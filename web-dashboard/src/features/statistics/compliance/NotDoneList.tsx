import { X } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePages } from "../../../api/usePages";
import { links } from "../../../links";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Moment } from "../../../ui/Moment";
import { Nothing, Skeleton, Trouble } from "../../../ui/State";
import { VirtualList } from "../../../ui/VirtualList";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import { type NotDoneRow, NotDoneQuery, notDoneOf } from "./compliance.query";
import { sieveOf, toneOf } from "./reason";
import { useReasonWords } from "./useReasonWords";

const GRID = "grid grid-cols-[minmax(110px,1fr)_168px_minmax(120px,2fr)_104px_116px] gap-x-3 px-4";
const COLUMNS = ["host", "reason", "detail", "job", "at"] as const;

/** What is asked about: every part of it belongs to the answer. */
export interface Question {
  template: string;
  selector: string | null;
  since: string | null;
  version: number | null;
}

/** The hosts that are not done, each with why and with the job that says so. They are read again when the figures were. */
export function NotDoneList({ question, reads }: { question: Question; reads: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sieve, setSieve] = useAddress("reason");
  const { reason, outcome } = sieveOf(sieve);
  const range = useRef<[number, number]>([0, 0]);
  const words = useReasonWords();
  const list = { document: NotDoneQuery, variables: { ...question, reason, outcome }, of: notDoneOf };
  const pages = usePages(list, reads, () => range.current);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex min-h-9 flex-wrap items-center gap-2 px-4 py-1">
        <h2 className="font-semibold">{t("compliance.notDone")}</h2>
        {reason !== null && (
          <Button className="h-6.5 px-2 text-sm" onClick={() => setSieve("")}>
            {words(reason, outcome)}
            <X size={12} aria-label={t("compliance.allReasons")} />
          </Button>
        )}
        {pages.total !== null && (
          <span className="ml-auto text-sm text-ink-3">{t("compliance.total", { count: pages.total, total: format.number(pages.total) })}</span>
        )}
      </div>
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {pages.loading && pages.error === null && <Skeleton label={t("state.loading")} lines={6} />}
      {!pages.loading && pages.rows.length === 0 && pages.error === null && <Nothing>{t("compliance.noneFits")}</Nothing>}
      {pages.rows.length > 0 && (
        <VirtualList
          label={t("compliance.notDone")}
          rows={pages.rows}
          keyOf={({ host }) => host}
          total={pages.total}
          rowHeight={32}
          grid={GRID}
          minWidth="min-w-[720px]"
          columns={COLUMNS.map((key) => ({ key, label: t(`compliance.column.${key}`) }))}
          onSight={(first, last) => (range.current = [first, last])}
          {...(pages.more ? { onNearEnd: pages.next } : {})}
        >
          {(row) => <Cells row={row} />}
        </VirtualList>
      )}
    </div>
  );
}

function Cells({ row }: { row: NotDoneRow }) {
  const { t } = useTranslation();
  const words = useReasonWords();
  const said = row.error ?? (row.version === null ? "" : t("compliance.withVersion", { version: row.version }));
  return (
    <>
      <span role="cell" className="truncate">
        <Link to={links.host(row.host)} className="font-medium hover:underline">
          {row.host}
        </Link>
      </span>
      <span role="cell" className="truncate">
        <Badge tone={toneOf(row.reason, row.outcome)}>{words(row.reason, row.outcome)}</Badge>
      </span>
      <span role="cell" className="truncate text-ink-2" title={said}>
        {said}
      </span>
      <span role="cell" className="truncate">
        {row.jobUlid !== null && (
          <Link to={links.job(row.jobUlid, { host: row.host })} title={row.jobUlid} className="font-mono text-xs hover:underline">
            …{row.jobUlid.slice(-8)}
          </Link>
        )}
      </span>
      <span role="cell" className="truncate text-ink-3">
        {row.at !== null && <Moment at={row.at} />}
      </span>
    </>
  );
}
