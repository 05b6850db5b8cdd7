import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../preferences";
import { TextField } from "../../ui/Field";
import { useSettled } from "../../useThrottled";
import { useWords } from "../../useWords";
import { useCalendarFormat } from "./calendarFormat";
import { cronWords } from "./cronWords";
import type { Draft } from "./draft";
import { PreviewCronQuery } from "./schedules.query";
import { useRead } from "./useRead";
import { isZone } from "../../zoned";

const HARDLY_AGAIN = 60_000;

interface CronFieldProps {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

/** The expression and its zone, in words, with its next moments or what is wrong with it. */
export function CronField({ draft, onChange }: CronFieldProps) {
  const { t } = useTranslation();
  const list = useId();
  const words = cronWords(draft.cron, useLanguage());
  return (
    <fieldset className="rounded-md border border-line px-3 pt-1 pb-3">
      <legend className="px-1 text-sm font-medium text-ink-2">{t("schedules.column.when")}</legend>
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label={t("schedules.field.cron")}
          note={t("schedules.note.cron")}
          value={draft.cron}
          className="font-mono"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ cron: event.target.value })}
        />
        <TextField
          label={t("schedules.field.zone")}
          value={draft.zone}
          list={list}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ zone: event.target.value })}
        />
        <datalist id={list}>
          {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
            <option key={zone} value={zone}>
              {zone}
            </option>
          ))}
        </datalist>
      </div>
      {words !== null && <p className="mt-2 font-medium">{words}</p>}
      <Preview draft={draft} />
    </fieldset>
  );
}

function Preview({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const words = useWords();
  const typed = JSON.stringify({ expression: draft.cron, zone: draft.zone, name: draft.name.trim() === "" ? null : draft.name });
  const asked = JSON.parse(useSettled(typed)) as { expression: string; zone: string; name: string | null };
  const { data, error } = useRead(PreviewCronQuery, asked, HARDLY_AGAIN);
  const format = useCalendarFormat(isZone(asked.zone) ? asked.zone : "UTC");
  const preview = data?.previewCron;
  if (error !== null) return <p className="mt-2 text-sm text-ink-3">{t("state.refused")}</p>;
  if (preview === undefined) return null;
  if (preview.problem !== null) {
    return (
      <p role="alert" className="tone-failed tone-panel mt-2 px-3 py-1.5">
        <span className="tone-text font-medium">{preview.problem}</span>
        <span className="block text-sm text-ink-2">{preview.hint}</span>
      </p>
    );
  }
  return (
    <ol aria-label={t("schedules.next")} className="mt-2 space-y-0.5 text-ink-2">
      {preview.firings.map(({ at, sentence }) => (
        <li key={at}>
          <time dateTime={at}>{format.moment(at)}</time>
          {sentence !== null && <span className="block text-sm text-ink-3">{words.said(sentence)}</span>}
        </li>
      ))}
    </ol>
  );
}
