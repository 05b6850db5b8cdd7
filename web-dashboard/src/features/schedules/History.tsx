import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Connection, usePages } from "../../api/usePages";
import type { ResultOf } from "../../api/graphql";
import { links } from "../../links";
import { Badge } from "../../ui/Badge";
import { Panel } from "../../ui/Panel";
import { Nothing, Skeleton } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useNow } from "../../useFormat";
import { useCalendarFormat } from "./calendarFormat";
import { HistoryQuery, type PastMoment } from "./schedules.query";
import { toneOf, useTell } from "./tell";

const FRESH_EVERY = 15_000;
const ROW = 44;
const MOST_ROWS = 8;

function historyOf(data: ResultOf<typeof HistoryQuery>): Connection<PastMoment> | undefined {
  const history = data.schedule?.history;
  return history === undefined ? undefined : { ...history, totalCount: null };
}

/** What became of a schedule's moments, the last one first. */
export function History({ schedule, zone, version }: { schedule: string; zone: string; version: number }) {
  const { t } = useTranslation();
  const format = useCalendarFormat(zone);
  const tell = useTell();
  const sight = useRef<[number, number]>([0, 0]);
  const inSight = useCallback(() => sight.current, []);
  const listing = useMemo(() => ({ document: HistoryQuery, variables: { id: schedule }, of: historyOf }), [schedule]);
  const pages = usePages(listing, useNow(FRESH_EVERY) + version, inSight);
  return (
    <Panel title={t("schedules.history")} className="border-t border-line pb-4">
      {pages.loading && <Skeleton label={t("state.loading")} lines={3} />}
      {pages.error !== null && <Nothing>{t("state.refused")}</Nothing>}
      {!pages.loading && pages.error === null && pages.rows.length === 0 && <Nothing>{t("schedules.noHistory")}</Nothing>}
      {pages.rows.length > 0 && (
        <div className="flex" style={{ height: 26 + ROW * Math.min(pages.rows.length, MOST_ROWS) }}>
          <VirtualList
            label={t("schedules.history")}
            rows={pages.rows}
            keyOf={({ at, fate }) => `${at} ${fate}`}
            rowHeight={ROW}
            columns={[
              { key: "time", label: t("schedules.column.time") },
              { key: "fate", label: t("schedules.column.fate") },
            ]}
            grid="grid grid-cols-[138px_1fr] gap-x-3 px-4"
            minWidth="min-w-0"
            height="min-h-0 flex-1"
            onNearEnd={pages.next}
            onSight={(first, last) => {
              sight.current = [first, last];
            }}
          >
            {(moment) => (
              <>
                <time role="cell" dateTime={moment.at} className="tabular-nums text-ink-2">
                  {format.moment(moment.at)}
                </time>
                <span role="cell" className="min-w-0">
                  {moment.job === null ? (
                    <Badge tone={toneOf(moment)}>{tell.fate(moment)}</Badge>
                  ) : (
                    <Link to={links.job(moment.job.ulid)} className="hover:underline">
                      <Badge tone={toneOf(moment)}>{tell.fate(moment)}</Badge>
                    </Link>
                  )}
                  <span className="block truncate text-sm text-ink-3" title={tell.remark(moment) ?? undefined}>
                    {tell.remark(moment)}
                  </span>
                </span>
              </>
            )}
          </VirtualList>
        </div>
      )}
    </Panel>
  );
}
