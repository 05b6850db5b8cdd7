import { useTranslation } from "react-i18next";
import { Mark } from "../../../ui/Mark";
import { Moment } from "../../../ui/Moment";
import { useFormat } from "../../../useFormat";
import { detailsOf } from "./details";
import { EVENT_TONE, isEventKind } from "./eventKinds";
import type { RecordedEvent } from "./events.query";

/** Names for what events hold as indexes. */
export interface EventNames {
  host: (index: number) => string | undefined;
  step: (index: number) => string | undefined;
  batch: (index: number) => number | undefined;
}

/** One recorded fact in a line. */
export function EventLine({ event, names, onHost }: {
  event: RecordedEvent;
  names: EventNames;
  onHost?: (host: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { kind } = event;
  const details = detailsOf(event.payload);
  const host = details.host === null ? undefined : names.host(details.host);
  const step = details.step === null ? undefined : names.step(details.step);
  const batch = details.batch === null ? undefined : names.batch(details.batch);
  const tone = isEventKind(kind) ? EVENT_TONE[kind] : "waiting";
  return (
    <div className="flex h-7 min-w-0 items-center gap-3 px-4 text-sm whitespace-nowrap">
      <span className="w-28 shrink-0 text-ink-3">
        <Moment at={event.at} />
      </span>
      <Mark tone={tone} size={9} />
      <span className="font-medium">{isEventKind(kind) ? t(`event.${kind}`) : kind}</span>
      {batch !== undefined && <span>{t("timeline.batch", { batch })}</span>}
      {host !== undefined && (
        <button type="button" className="text-accent hover:underline" onClick={() => onHost?.(host)}>
          {host}
        </button>
      )}
      {step !== undefined && <span className="text-ink-2">{step}</span>}
      {details.hosts !== null && <span>{t("timeline.hosts", { count: details.hosts })}</span>}
      {details.took !== null && <span className="text-ink-3">{format.length(details.took)}</span>}
      <span className="min-w-0 truncate text-ink-2" title={details.text ?? undefined}>
        {details.text}
      </span>
      <span className="ml-auto pl-4 text-ink-3">{event.actor === "system" ? "" : event.actor}</span>
    </div>
  );
}
