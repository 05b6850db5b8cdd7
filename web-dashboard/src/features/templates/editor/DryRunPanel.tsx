import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ParameterForm } from "../../../rollout/ParameterForm";
import { useStopsWords } from "../../../rollout/stopsWords";
import { parametersOf, valuesOf } from "../../../rollout/parameters";
import { TargetsField } from "../../../selector/TargetsField";
import { Panel } from "../../../ui/Panel";
import { Nothing, Skeleton, STALE } from "../../../ui/State";
import { useFormat } from "../../../useFormat";
import type { DryRun, Validation } from "./editor.query";
import { type DryRunAnswer, useDryRun } from "./useDryRun";

type Preview = NonNullable<DryRun["preview"]>;
type Plan = NonNullable<Preview["plan"]>;

/** The plan a job of the text would have, decided by the server as for a job, and not kept. */
export function DryRunPanel({ text, definition }: { text: string; definition: Validation["definition"] }) {
  const { t } = useTranslation();
  const [targets, setTargets] = useState("");
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const parameters = parametersOf(definition?.parameters);
  const textOf = (name: string) => typed[name] ?? "";
  const tried = useDryRun(definition === null ? null : text, targets, valuesOf(parameters, textOf));
  return (
    <aside className="min-h-0 w-full shrink-0 overflow-y-auto border-line max-lg:border-t lg:w-[380px] lg:border-l">
      <Panel title={t("dryRun.title")}>
        <div className="space-y-3 px-4 pb-3">
          <p className="text-sm text-ink-2">{t("dryRun.explain")}</p>
          <TargetsField labelled label={t("dryRun.targets")} value={targets} usual={definition?.targets ?? null} onChange={setTargets} />
          <ParameterForm
            parameters={parameters}
            textOf={textOf}
            onType={({ name }, text) => setTyped((before) => ({ ...before, [name]: text }))}
          />
        </div>
      </Panel>
      <Panel title={t("dryRun.plan")} className="border-t border-line pb-3">
        {definition === null ? <Nothing>{t("dryRun.unreadable")}</Nothing> : <Tried tried={tried} />}
      </Panel>
    </aside>
  );
}

function Tried({ tried: { run, error, stale } }: { tried: DryRunAnswer }) {
  const { t } = useTranslation();
  if (error !== null) return <p role="alert" className="tone-failed tone-panel mx-4 px-3 py-2">{error}</p>;
  const preview = run?.preview;
  if (preview === undefined || preview === null) return <Skeleton label={t("state.loading")} />;
  return (
    <div className={stale ? STALE : ""} aria-busy={stale}>
      <Planned preview={preview} />
    </div>
  );
}

function Planned({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const [why] = preview.userErrors;
  if (why !== undefined) {
    return (
      <div role="alert" className="tone-failed tone-panel mx-4 px-3 py-2">
        <p className="font-medium">{why.message}</p>
        <p className="text-ink-2">{why.hint}</p>
      </div>
    );
  }
  return preview.plan === null ? <Nothing>{t("dryRun.noHosts")}</Nothing> : <Batches plan={preview.plan} />;
}

/** As many batches as are worth reading here; a job's own page shows them all. */
const MOST = 30;

function Batches({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stops = useStopsWords();
  if (plan.hosts === 0) return <Nothing>{t("dryRun.noHosts")}</Nothing>;
  return (
    <div className="px-4">
      <p className="mb-1 text-sm text-ink-2">
        {t("dryRun.hosts", { count: plan.hosts, hosts: format.number(plan.hosts) })}{" "}
        {t("dryRun.batches", { count: plan.batches.length, batches: format.number(plan.batches.length) })}
        {plan.stratifyBy.length > 0 && ` ${t("dryRun.spread", { labels: plan.stratifyBy.join(", ") })}`}
      </p>
      <ol>
        {plan.batches.slice(0, MOST).map((batch) => (
          <li key={batch.number} className="border-t border-line py-1">
            <p className="flex items-baseline gap-2">
              <span className="w-6 text-right tabular-nums text-ink-3">{batch.number}</span>
              <span className="font-medium tabular-nums">{t("dryRun.size", { count: batch.size, hosts: format.number(batch.size) })}</span>
              {batch.number === 1 && <span className="text-sm text-ink-3">{t("batch.canary")}</span>}
              <span className="ml-auto text-sm text-ink-3">
                {batch.stage !== null && batch.stage.bake > 0 && t("dryRun.bake", { time: format.length(batch.stage.bake) })}
                {batch.stage?.approve === true && ` ${t("dryRun.approve")}`}
              </span>
            </p>
            <p className="truncate pl-8 font-mono text-xs text-ink-3">{batch.firstHosts.join(", ")}</p>
            <p className="pl-8 text-sm text-ink-2">
              {stops(batch.stopsAt)}
            </p>
          </li>
        ))}
      </ol>
      {plan.batches.length > MOST && (
        <p className="pt-1 text-sm text-ink-3">{t("dryRun.more", { count: plan.batches.length - MOST })}</p>
      )}
    </div>
  );
}
