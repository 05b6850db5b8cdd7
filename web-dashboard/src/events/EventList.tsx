import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Nothing, Skeleton, Trouble } from "../ui/State";
import { EventLine } from "./EventLine";
import type { RecordedEvent } from "./events.query";
import { FreshChip } from "./FreshChip";
import type { Events } from "./useEvents";

const ROW = 28;
const NEAR = 30;

interface EventListProps {
  label: string;
  log: Events;
  /** What is said where nothing is recorded. */
  none: string;
  onHost?: (host: string) => void;
  /** How tall the scrolled part is, as a class. */
  height: string;
  /** How narrow a line may become before it is scrolled to, as a class. */
  minWidth?: string;
  /** What stands at the end of each line. */
  children?: (event: RecordedEvent) => ReactNode;
}

/** Recorded events, newest first, of which only the lines in sight exist. Older ones are read as they come near. */
export function EventList({ label, log, none, onHost, children, height, minWidth = "" }: EventListProps) {
  const { t } = useTranslation();
  const { events, more, older, onSight } = log;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    getItemKey: (at) => events[at]?.position ?? at,
  });
  const [first, last] = [rows.range?.startIndex ?? 0, rows.range?.endIndex ?? 0];
  useEffect(() => onSight(first), [first, onSight]);
  useEffect(() => {
    if (more && last >= events.length - NEAR) older();
  }, [more, last, events, older]);
  return (
    <div className={`relative flex flex-col ${height}`}>
      <Trouble error={log.error} title={t("state.refused")} beside={events.length > 0} />
      <FreshChip log={log} onShow={() => rows.scrollToOffset(0)} />
      <div ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label={label} className="min-h-0 flex-1 overflow-auto">
        {log.loading && <Skeleton label={t("state.loading")} lines={6} />}
        {log.looking && <Nothing>{t("events.looking")}</Nothing>}
        {!log.loading && events.length === 0 && log.error === null && <Nothing>{none}</Nothing>}
        <div className={`relative ${minWidth}`} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const event = events[index];
            if (event === undefined) return null;
            return (
              <div
                key={key}
                className="absolute inset-x-0 flex items-center border-b border-line hover:bg-hover"
                style={{ transform: `translateY(${start}px)` }}
              >
                <div className="min-w-0 flex-1">
                  <EventLine event={event} {...(onHost !== undefined && { onHost })} />
                </div>
                {children?.(event)}
              </div>
            );
          })}
        </div>
        {log.full && <Nothing>{t("events.full", { count: events.length })}</Nothing>}
      </div>
    </div>
  );
}
