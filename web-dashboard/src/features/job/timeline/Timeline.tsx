import { useVirtualizer } from "@tanstack/react-virtual";
import { History } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Segmented } from "../../../ui/Segmented";
import { Nothing, Skeleton, State } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import type { Job } from "../job.query";
import { EventLine } from "../../../events/EventLine";
import { EVENT_SIEVES, type EventSieve, KINDS_OF } from "../../../events/eventKinds";
import { useEvents } from "../../../events/useEvents";
import { links } from "../../../links";
import { useHostAddress } from "../useHostAddress";

const ROW = 28;

/** What happened to the job, newest first, as it happens. */
export function Timeline({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [asked, setSieve] = useAddress("events");
  const [, setHost] = useHostAddress();
  const sieve = EVENT_SIEVES.find((sieve) => sieve === asked) ?? "milestones";
  const { events, more, loading, error, older } = useEvents({ stream: `job/${job.ulid}`, kinds: KINDS_OF[sieve] });
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    getItemKey: (at) => events[at]?.position ?? at,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= events.length - 20) older();
  }, [more, last, events.length, older]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="px-4 py-2">
        <Segmented<EventSieve>
          label={t("timeline.which")}
          value={sieve}
          onChoose={(value) => setSieve(value === "milestones" ? "" : value)}
          choices={EVENT_SIEVES.map((value) => ({ value, label: t(`eventSieve.${value}`) }))}
        />
      </div>
      <div
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t("view.timeline")}
        className="h-[460px] overflow-auto lg:h-auto lg:min-h-0 lg:flex-1"
      >
        {error !== null && <State tone="failed" title={t("state.refused")}>{error}</State>}
        {loading && <Skeleton label={t("state.loading")} lines={6} />}
        {!loading && events.length === 0 && error === null && <Nothing>{t("timeline.none")}</Nothing>}
        <div className="relative" style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, start, key }) => {
            const event = events[index];
            if (event === undefined) return null;
            return (
              <div
                key={key}
                className="absolute inset-x-0 flex items-center border-b border-line hover:bg-hover"
                style={{ transform: `translateY(${start}px)` }}
              >
                <div className="min-w-0 flex-1">
                  <EventLine event={event} onHost={setHost} />
                </div>
                <Link
                  to={links.replay(job.ulid, event.position)}
                  aria-label={t("replay.from", { position: event.position })}
                  title={t("replay.fromHere")}
                  className="mr-3 inline-flex size-6 shrink-0 items-center justify-center rounded-md text-ink-3 hover:text-ink"
                >
                  <History size={13} aria-hidden="true" />
                </Link>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
