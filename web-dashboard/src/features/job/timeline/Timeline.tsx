import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EventList } from "../../../events/EventList";
import { EVENT_SIEVES, type EventSieve, KINDS_OF } from "../../../events/eventKinds";
import { useEvents } from "../../../events/useEvents";
import { links } from "../../../links";
import { Segmented } from "../../../ui/Segmented";
import { useAddress } from "../../../useAddress";
import type { Job } from "../job.query";
import { useHostAddress } from "../useHostAddress";

/** What happened to the job, newest first, as it happens. */
export function Timeline({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [asked, setSieve] = useAddress("events");
  const [, setHost] = useHostAddress();
  const sieve = EVENT_SIEVES.find((sieve) => sieve === asked) ?? "milestones";
  const log = useEvents({ job: job.ulid, kinds: KINDS_OF[sieve] });
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
      <EventList
        label={t("view.timeline")}
        log={log}
        none={t("timeline.none")}
        onHost={setHost}
        height="h-[460px] lg:h-auto lg:min-h-0 lg:flex-1"
      >
        {({ position }) => (
          <Link
            to={links.replay(job.ulid, position)}
            aria-label={t("replay.from", { position })}
            title={t("replay.fromHere")}
            className="mr-3 inline-flex size-6 shrink-0 items-center justify-center rounded-md text-ink-3 hover:text-ink"
          >
            <History size={13} aria-hidden="true" />
          </Link>
        )}
      </EventList>
    </div>
  );
}
