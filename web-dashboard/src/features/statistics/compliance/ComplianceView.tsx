import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { SelectorField } from "../../../selector/SelectorField";
import { useHostCount } from "../../../selector/useHostCount";
import { useKeys } from "../../../ui/keys";
import { Nothing, Skeleton, STALE, State, Trouble } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import { useSettled } from "../../../useThrottled";
import { momentOf } from "../../../zoned";
import { DateField } from "../Fields";
import type { TemplateName } from "../statistics.query";
import { useFigures } from "../useFigures";
import { type Compliance, ComplianceQuery } from "./compliance.query";
import { NotDoneList, type Question } from "./NotDoneList";
import { Reasons } from "./Reasons";

/** Which hosts are as a template wants them, and why the others are not. */
export function ComplianceView({ templates, template }: { templates: readonly TemplateName[]; template: string }) {
  const { t } = useTranslation();
  const chosen = templates.find(({ name }) => name === template) ?? (template === "" ? templates[0] : undefined);
  const name = chosen?.name ?? template;
  const [selector, setSelector] = useAddress("selector");
  const [since, setSince] = useAddress("since");
  const [version, setVersion] = useAddress("version");
  const { zone } = useFormat();
  const field = useRef<HTMLInputElement>(null);
  const problem = useHostCount(selector)?.problem ?? null;
  const question = {
    template: name,
    selector: useSettled(selector.trim()) || null,
    since: momentOf(since, zone),
    version: wholeOf(version),
  };
  const { data, answered, stale, error, reads } = useFigures(ComplianceQuery, name === "" ? null : question);
  // While a selector is typed the answer before stays. Another template's is none, nor is one beside a refusal.
  const isShown = data !== null && answered?.template === name && (!stale || error === null || problem !== null);
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  if (name === "") return <Nothing>{t("compliance.noTemplates")}</Nothing>;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-end gap-x-3 gap-y-2 px-4 pt-3">
        <div className="min-w-48 flex-1 sm:max-w-96">
          <p aria-hidden="true" className="mb-1 text-sm font-medium text-ink-2">
            {t("compliance.selector")}
          </p>
          <SelectorField
            label={t("compliance.selector")}
            value={selector}
            placeholder={(isShown ? data.compliance.selector : null) ?? t("compliance.allHosts")}
            problem={problem}
            field={field}
            onChange={setSelector}
          />
        </div>
        <DateField label={t("compliance.since")} value={since} onChange={setSince} />
        <VersionField newest={chosen?.version ?? null} value={version} onChoose={setVersion} />
      </div>
      <Trouble error={problem === null ? error : null} title={t("compliance.refused")} beside={isShown} />
      {!isShown && error === null && <Skeleton label={t("state.loading")} lines={6} />}
      {isShown && <Answer compliance={data.compliance} question={answered} stale={stale} reads={reads} />}
    </div>
  );
}

interface AnswerProps {
  compliance: Compliance;
  /** What it is the answer to: what is made of it is made with that. */
  question: Question;
  /** Whether something else is asked by now. */
  stale: boolean;
  reads: number;
}

function Answer({ compliance, question, stale, reads }: AnswerProps) {
  const { t } = useTranslation();
  if (compliance.hosts === 0) return <Nothing>{t("compliance.noHosts")}</Nothing>;
  return (
    <div className={`mt-3 flex min-h-0 flex-1 flex-col border-t border-line lg:flex-row ${stale ? STALE : ""}`} aria-busy={stale}>
      <Reasons compliance={compliance} template={question.template} />
      {compliance.reasons.length === 0 ? (
        <State tone="done" title={t("compliance.allDone")} />
      ) : (
        <NotDoneList question={question} reads={reads} />
      )}
    </div>
  );
}

function VersionField({ newest, value, onChoose }: { newest: number | null; value: string; onChoose: (version: string) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-center gap-1.5 text-sm text-ink-2">
      {t("compliance.version")}
      <input
        type="number"
        min={1}
        {...(newest === null ? {} : { max: newest })}
        value={value}
        placeholder={t("compliance.anyVersion")}
        onChange={(event) => onChoose(event.target.value)}
        className="h-7 w-20 rounded-md border border-line-strong bg-paper px-2 text-ink placeholder:text-ink-3"
      />
    </label>
  );
}

function wholeOf(text: string): number | null {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}
