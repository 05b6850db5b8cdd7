import { useTranslation } from "react-i18next";
import { EventLine } from "../../events/EventLine";
import { ofHost, useEvents } from "../../events/useEvents";
import { Button } from "../../ui/Button";
import { Nothing, Skeleton, State } from "../../ui/State";

/** Everything that is recorded about a host, newest first, while it is recorded. */
export function HostRecord({ name }: { name: string }) {
  const { t } = useTranslation();
  const { events, more, loading, error, older } = useEvents({ host: name }, ofHost);
  if (error !== null) return <State tone="failed" title={t("state.refused")}>{error}</State>;
  if (loading) return <Skeleton label={t("state.loading")} lines={8} />;
  if (events.length === 0) return <Nothing>{t("hostPage.noEvents")}</Nothing>;
  return (
    <div className="min-h-0 flex-1 overflow-auto" tabIndex={0} role="log" aria-live="off" aria-label={t("hostView.events")}>
      {/* A sentence needs room: on a narrow screen it is scrolled to. */}
      <div className="min-w-[700px]">
        {events.map((event) => (
          <EventLine key={event.position} event={event} />
        ))}
      </div>
      {more && (
        <Button look="quiet" className="m-2" onClick={older}>
          {t("hostPage.olderEvents")}
        </Button>
      )}
    </div>
  );
}
