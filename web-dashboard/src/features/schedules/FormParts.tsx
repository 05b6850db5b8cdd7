import { useDeferredValue, useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../preferences";
import { TextArea, TextField } from "../../ui/Field";
import { SelectorField } from "../../selector/SelectorField";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { useCalendarFormat } from "./calendarFormat";
import { cronWords } from "./cronWords";
import type { Draft } from "./draft";
import { PreviewCronQuery, type Template } from "./schedules.query";
import { useHostCount } from "./useHostCount";
import { useRead } from "./useRead";
import { isZone } from "./zoned";

const HARDLY_AGAIN = 60_000;

interface HostsProps {
  targets: string;
  /** The hosts of the template, which are meant where nothing is written. */
  usual: string;
  template: string;
  onChange: (targets: string) => void;
}

/** The hosts, counted while they are typed. */
export function HostsField({ targets, usual, template, onChange }: HostsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const counted = useHostCount(targets, template);
  const problem = counted?.problem ?? null;
  const count = counted === null || problem !== null ? undefined : t("schedules.hosts", { count: counted.count, hosts: format.number(counted.count) });
  return (
    <div>
      <p aria-hidden="true" className="mb-1 text-sm font-medium text-ink-2">
        {t("schedules.field.targets")}
      </p>
      <SelectorField label={t("schedules.field.targets")} value={targets} onChange={onChange} problem={problem} count={count} placeholder={usual} />
      <p className="mt-1 line-clamp-2 text-sm text-ink-3">
        {counted === null || targets.trim() === "" ? t("schedules.note.targets") : counted.hosts.slice(0, 3).join(", ")}
      </p>
    </div>
  );
}

interface Part {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

/** The expression and its zone, in words, with its next moments or what is wrong with it. */
export function CronField({ draft, onChange }: Part) {
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
  const asked = useDeferredValue({ expression: draft.cron, zone: draft.zone, name: draft.name.trim() === "" ? null : draft.name });
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

interface ParametersProps extends Part {
  template: Template | undefined;
  problem: "notJson" | "noObject" | null;
}

/** The parameters of its jobs. What the template takes stands below. */
export function ParametersField({ template, draft, problem, onChange }: ParametersProps) {
  const { t } = useTranslation();
  const { properties = {}, required = [] } = (template?.definition.parameters ?? {}) as {
    properties?: Record<string, { type?: string; description?: string; default?: unknown }>;
    required?: readonly string[];
  };
  const taken = Object.entries(properties);
  if (taken.length === 0 && draft.parameters === "") return null;
  return (
    <div>
      <TextArea
        label={t("schedules.field.parameters")}
        note={problem === null ? t("schedules.note.parameters") : <span role="alert" className="tone-failed tone-text">{t(`schedules.problem.${problem}`)}</span>}
        value={draft.parameters}
        spellCheck={false}
        placeholder="{}"
        rows={3}
        onChange={(event) => onChange({ parameters: event.target.value })}
      />
      {taken.length > 0 && (
        <details className="mt-1 text-sm">
          <summary className="cursor-pointer text-ink-2">{t("schedules.takes", { count: taken.length })}</summary>
          <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3">
            {taken.map(([name, { type, description, default: usual }]) => (
              <div key={name} className="contents">
                <dt className="font-mono">
                  {name}
                  {required.includes(name) && <span className="tone-failed tone-text"> *</span>}
                </dt>
                <dd className="text-ink-3">{[type, description, usual === undefined ? null : `= ${JSON.stringify(usual)}`].filter((part) => part !== null && part !== undefined && part !== "").join(" · ")}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}
