import { useTranslation } from "react-i18next";
import { Mark } from "../ui/Mark";
import { Moment } from "../ui/Moment";
import { isEventKind } from "./eventKinds";
import { eventTone } from "./eventTone";
import { useWords } from "../useWords";
import type { RecordedEvent } from "./events.query";

interface EventLineProps {
  event: RecordedEvent;
  onHost?: (host: string) => void;
  /** Whether the sentence may have two lines of its own on a narrow screen. */
  roomy?: boolean;
}

/** One recorded fact in a line: when, what kind, and in a sentence. */
export function EventLine({ event, onHost, roomy = false }: EventLineProps) {
  const { t } = useTranslation();
  const words = useWords();
  const { kind, host, actor, sentence } = event;
  // What this version of the server cannot read has no sentence.
  const text = sentence === null ? event.text : words.said({ ...sentence, text: event.text });
  return (
    <div className={`flex min-w-0 items-center gap-x-3 px-4 text-sm ${roomy ? "max-sm:flex-wrap sm:h-7 sm:whitespace-nowrap" : "h-7 whitespace-nowrap"}`}>
      <span className="w-16 shrink-0 text-ink-3 sm:w-24">
        <Moment at={event.at} />
      </span>
      <Mark tone={eventTone(event)} size={9} />
      <span className={`w-32 shrink-0 truncate text-ink-2 ${roomy ? "" : "max-sm:hidden"}`}>{isEventKind(kind) ? t(`event.${kind}`) : kind}</span>
      {host === null || onHost === undefined ? (
        <span className={`min-w-0 ${roomy ? "max-sm:order-last max-sm:line-clamp-2 max-sm:basis-full sm:truncate" : "truncate"}`} title={text}>
          {text}
        </span>
      ) : (
        <button type="button" className="min-w-0 truncate text-left hover:underline" title={text} onClick={() => onHost(host)}>
          {text}
        </button>
      )}
      {actor !== "system" && <span className="ml-auto pl-4 text-ink-3">{actor}</span>}
    </div>
  );
}
