import { useTranslation } from "react-i18next";
import { EventList } from "../../../events/EventList";
import { EVENT_KINDS } from "../../../events/eventKinds";
import { useEvents } from "../../../events/useEvents";
import type { Job } from "../job.query";

/** What happened to one host in this job, newest first. */
export function HostEvents({ job, host }: { job: Job; host: string }) {
  const { t } = useTranslation();
  const log = useEvents({ job: job.ulid, kinds: EVENT_KINDS, host });
  return <EventList label={t("view.timeline")} log={log} none={t("timeline.none")} height="min-h-0 flex-1 border-t border-line" />;
}
