import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { errorsAt, others } from "../../api/errors";
import { useAnswer } from "../../api/useAnswer";
import { links } from "../../links";
import { ParameterForm } from "../../rollout/ParameterForm";
import { parametersOf, requiredFirst } from "../../rollout/parameters";
import { TargetsField } from "../../selector/TargetsField";
import { Button } from "../../ui/Button";
import { FieldErrors } from "../../ui/FieldErrors";
import { PageHeader } from "../../ui/PageHeader";
import { Nothing, Skeleton, State } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { useThrottled } from "../../useThrottled";
import { MOST_BATCHES, type Preview, PreviewQuery, TemplateFormQuery, type TemplateForm, type UserError } from "./newJob.query";
import { PlanReview } from "./PlanReview";
import { PolicySection } from "./PolicySection";
import { readPolicy, unreadable } from "./policy";
import { Section } from "./Section";
import { StartDialog } from "./StartDialog";
import { ChosenTemplate, TemplateChoice } from "./TemplateChoice";
import { useCreate } from "./useCreate";
import { type Draft, inputOf, useDraft } from "./useDraft";

const TYPING = 400;
const NO_ERRORS: readonly UserError[] = [];

/** From a template to a job: what it does, to which hosts, how, and what that comes to before anything is done. */
export function NewJobPage() {
  const { t } = useTranslation();
  const draft = useDraft();
  const answer = useAnswer(TemplateFormQuery, draft.template === "" ? null : { name: draft.template });
  const found = answer.data?.template ?? null;
  const template = found !== null && found.name === draft.template && !found.removed ? found : null;
  const missing = draft.template !== "" && template === null && !answer.stale && answer.error === null;
  return (
    <div className="flex min-h-full flex-col">
      <PageHeader
        title={t("newJob.title")}
        heading={
          <>
            <Link to={links.jobs()} className="font-normal text-ink-3 hover:text-ink">
              {t("nav.jobs")}
            </Link>
            <span className="mx-1.5 font-normal text-ink-3">/</span>
            {t("newJob.title")}
          </>
        }
      />
      {template !== null ? (
        <Form key={template.name} template={template} draft={draft} />
      ) : (
        <Section number={1} title={t("newJob.template")}>
          {answer.error !== null && <State tone="failed" title={t("state.refused")}>{answer.error}</State>}
          {missing && <p className="tone-failed tone-text mb-2">{t("newJob.templateGone", { name: draft.template })}</p>}
          {draft.template === "" || missing ? (
            <TemplateChoice onChoose={draft.setTemplate} />
          ) : (
            answer.error === null && <Skeleton label={t("state.loading")} lines={6} />
          )}
        </Section>
      )}
    </div>
  );
}

function Form({ template, draft }: { template: TemplateForm; draft: Draft }) {
  const { t } = useTranslation();
  const [looked, setLooked] = useState(0);
  const [refused, setRefused] = useState<readonly UserError[]>(NO_ERRORS);
  const parameters = useMemo(() => requiredFirst(parametersOf(template.definition.parameters)), [template]);
  const input = inputOf(draft, parameters);
  const isReadable = unreadable(readPolicy(draft.policy)).length === 0;
  const asked = useThrottled(JSON.stringify(input), TYPING);
  const answer = useAnswer(PreviewQuery, isReadable ? { input: JSON.parse(asked) as typeof input, first: MOST_BATCHES } : null, { version: looked });
  const preview = answer.data?.previewPlan ?? null;
  const { seed, set } = draft;
  const dealt = preview?.plan?.seed ?? "";
  const stale = answer.stale || asked !== JSON.stringify(input);
  useEffect(() => {
    // The plan that is looked at is to be the plan of the job, and of whoever is sent the address.
    if (seed === "" && dealt !== "" && !stale) set("seed", dealt);
  }, [seed, dealt, set, stale]);
  const said = preview?.userErrors ?? NO_ERRORS;
  const errors = errorsAt(said);
  const shown = [...parameters.map(({ name }) => `parameters.${name}`), "targets", "policy.batches", "policy.concurrency", "policy.allowBigBatch"];
  const rest = others(said, shown).filter(({ path }) => path[2] !== "batches");
  return (
    <>
      <div className="flex flex-1 flex-col lg:grid lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="min-w-0">
          <Section number={1} title={t("newJob.template")} aside={<Button look="quiet" onClick={() => draft.setTemplate("")}>{t("newJob.another")}</Button>}>
            <ChosenTemplate template={template} />
          </Section>
          <Section number={2} title={t("newJob.parameters")}>
            <ParameterForm
              parameters={parameters}
              textOf={draft.parameter}
              onType={draft.setParameter}
              errors={(name) => errors(`parameters.${name}`)}
            />
          </Section>
          <Section number={3} title={t("newJob.targets")}>
            <TargetsField label={t("newJob.selector")} value={draft.targets} usual={template.definition.targets} onChange={(text) => set("targets", text)}>
              <FieldErrors errors={errors("targets")} />
            </TargetsField>
          </Section>
          <Section number={4} title={t("newJob.policy")}>
            <PolicySection template={template} policy={draft.policy} errors={errors} onChange={(policy) => set("policy", policy)} />
          </Section>
        </div>
        <div className="min-w-0 border-line lg:border-l">
          <Section
            number={5}
            title={t("newJob.review")}
            aside={
              <Button look="quiet" onClick={() => (set("seed", ""), setLooked(looked + 1))}>
                {t("newJob.dealAgain")}
              </Button>
            }
          >
            {refused.length > 0 && <Refused errors={refused} />}
            {answer.error !== null && <State tone="failed" title={t("state.refused")}>{answer.error}</State>}
            {preview === null && isReadable && answer.error === null && <Skeleton label={t("state.loading")} lines={8} />}
            {preview !== null && preview.plan !== null && <PlanReview preview={preview} plan={preview.plan} stale={stale} />}
            {(preview === null ? !isReadable : preview.plan === null) && <Nothing>{t("newJob.noPlan")}</Nothing>}
            <FieldErrors errors={rest} />
          </Section>
        </div>
      </div>
      <Creating
        input={input}
        template={template.name}
        preview={stale ? null : preview}
        onRefused={(errors) => {
          setRefused(errors);
          setLooked(looked + 1);
        }}
      />
    </>
  );
}

/** Why there is no job after all. Where the plan would be another one, that one stands below. */
function Refused({ errors }: { errors: readonly UserError[] }) {
  const { t } = useTranslation();
  const changed = errors.some(({ code }) => code === "CONFLICT");
  return (
    <div className="tone-deferred tone-panel mb-3 px-3 py-2" role="alert">
      {changed ? (
        <>
          <strong className="font-semibold">{t("newJob.changed")}</strong>
          <span className="block text-ink-2">{t("newJob.changedExplain")}</span>
        </>
      ) : (
        <FieldErrors errors={errors} />
      )}
    </div>
  );
}

interface CreatingProps {
  input: ReturnType<typeof inputOf>;
  template: string;
  /** What was reviewed; `null` while it is not what would be created. */
  preview: Preview | null;
  onRefused: (errors: readonly UserError[]) => void;
}

/** The last line: what creating the job comes to, and the two ways to do it. */
function Creating({ input, template, preview, onRefused }: CreatingProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const { create, busy } = useCreate();
  const [asking, setAsking] = useState(false);
  const [lost, setLost] = useState<string | null>(null);
  const plan = preview?.plan ?? null;
  const why = plan === null ? t("newJob.notYet") : null;
  async function submit(start: boolean) {
    if (plan === null) return;
    const created = await create({ ...input, seed: plan.seed, planHash: plan.hash, templateVersion: preview?.templateVersion ?? null, start });
    setLost("lost" in created ? created.lost : null);
    if ("ulid" in created) return navigate(links.job(created.ulid));
    setAsking(false);
    if ("errors" in created) onRefused(created.errors);
    return undefined;
  }
  return (
    <footer className="sticky bottom-0 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line-strong bg-raised px-4 py-2.5">
      <p className="min-w-0 text-ink-2" aria-live="polite">
        {lost === null ? (plan === null ? why : t("newJob.willChange", { count: plan.hosts, hosts: format.number(plan.hosts) })) : null}
        {lost !== null && (
          <span role="alert" className="tone-failed tone-text">
            {t("newJob.lost")} <span className="text-ink-2">{lost}</span>
          </span>
        )}
      </p>
      <div className="ml-auto flex gap-2">
        <Button blocked={why} disabled={busy} onClick={() => void submit(false)}>
          {t("newJob.create")}
        </Button>
        <Button look="primary" blocked={why ?? (plan?.hosts === 0 ? t("newJob.nobody") : null)} disabled={busy} onClick={() => setAsking(true)}>
          {t("newJob.createAndStartAsk")}
        </Button>
      </div>
      {asking && plan !== null && preview !== null && (
        <StartDialog
          template={template}
          plan={plan}
          preview={preview}
          busy={busy}
          onConfirm={() => void submit(true)}
          onClose={() => setAsking(false)}
        />
      )}
    </footer>
  );
}
