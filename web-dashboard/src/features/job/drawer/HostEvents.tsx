import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Nothing, Skeleton } from "../../../ui/State";
import type { Job } from "../job.query";
import { EventLine } from "../../../events/EventLine";
import { EVENT_KINDS } from "../../../events/eventKinds";
import { useEvents } from "../../../events/useEvents";

/** What happened to one host in this job, newest first. */
export function HostEvents({ job, host }: { job: Job; host: string }) {
  const { t } = useTranslation();
  const { events, more, loading, older } = useEvents({ stream: `job/${job.ulid}`, kinds: EVENT_KINDS, host });
  if (loading) return <Skeleton label={t("state.loading")} lines={5} />;
  if (events.length === 0) return <Nothing>{t("timeline.none")}</Nothing>;
  return (
    <div className="min-h-0 flex-1 overflow-auto border-t border-line" tabIndex={0} role="log" aria-live="off" aria-label={t("view.timeline")}>
      {events.map((event) => (
        <EventLine key={event.position} event={event} />
      ))}
      {more && (
        <Button look="quiet" className="m-2" onClick={older}>
          {t("timeline.older")}
        </Button>
      )}
    </div>
  );
}
