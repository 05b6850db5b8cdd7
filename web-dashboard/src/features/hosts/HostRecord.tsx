import { useTranslation } from "react-i18next";
import { EventList } from "../../events/EventList";
import { ofHost } from "../../events/readEvents";
import { useEvents } from "../../events/useEvents";

/** Everything that is recorded about a host, newest first, while it is recorded. */
export function HostRecord({ name }: { name: string }) {
  const { t } = useTranslation();
  const log = useEvents({ host: name }, ofHost);
  return <EventList label={t("hostView.events")} log={log} none={t("hostPage.noEvents")} height="h-[60vh] lg:h-auto lg:min-h-0 lg:flex-1" minWidth="min-w-[700px]" />;
}
