import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../api/errors";
import { links } from "../links";
import { Code } from "../ui/Code";
import { Nothing, Skeleton, State } from "../ui/State";
import { useFormat } from "../useFormat";
import { ParameterTable } from "./ParameterTable";
import { StepActionQuery, type WorkflowStep } from "./workflow.query";

/** One step in full: its action, what that is given, how often it is tried, and the script it runs. */
export function StepDetail({ step }: { step: WorkflowStep }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [{ data, error }] = useQuery({ query: StepActionQuery, variables: { name: step.action } });
  const action = data?.action;
  const retry =
    step.attempts > 1
      ? t("workflow.retry", { count: step.attempts, delay: format.length(step.retryDelay), backoff: step.retryBackoff })
      : t("workflow.noRetry");
  const timeout = step.timeout ?? action?.timeout;
  return (
    <section aria-label={step.step} className="min-w-0 space-y-3 px-4 py-3">
      <h2 className="text-lg font-semibold">{step.step}</h2>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-ink-3">{t("workflow.action")}</dt>
        <dd>
          <Link to={links.action(step.action)} className="font-mono text-sm text-accent hover:underline">
            {step.action}
          </Link>
          {action !== null && action !== undefined && <p className="text-ink-2">{action.description}</p>}
        </dd>
        <Expression label={t("workflow.when")} text={step.when} />
        <Expression label={t("workflow.doneIf")} text={step.doneIf} />
        <dt className="text-ink-3">{t("workflow.attemptsLabel")}</dt>
        <dd>{retry}</dd>
        {timeout !== undefined && (
          <>
            <dt className="text-ink-3">{t("workflow.timeoutLabel")}</dt>
            <dd>{format.length(timeout)}</dd>
          </>
        )}
        {step.undo !== null && (
          <>
            <dt className="text-ink-3">{t("workflow.undo")}</dt>
            <dd>
              <Link to={links.action(step.undo)} className="font-mono text-sm text-accent hover:underline">
                {step.undo}
              </Link>
              <Given values={step.undoWith} />
            </dd>
          </>
        )}
      </dl>
      <h2 className="eyebrow">{t("workflow.with")}</h2>
      {isEmpty(step.with) ? <p className="text-ink-3">{t("workflow.nothingGiven")}</p> : <Given values={step.with} />}
      {error !== undefined && <State tone="failed" title={t("state.refused")}>{wordsOf(error)}</State>}
      {data === undefined && error === undefined && <Skeleton label={t("state.loading")} />}
      {data !== undefined && action === null && <Nothing>{t("workflow.noAction", { action: step.action })}</Nothing>}
      {action !== null && action !== undefined && (
        <>
          <ParameterTable title={t("workflow.takes")} schema={action.parameters} />
          {action.script !== null && <Code language="shell" text={action.script} label={t("workflow.script")} />}
        </>
      )}
    </section>
  );
}

function Expression({ label, text }: { label: string; text: string | null }) {
  return (
    text !== null && (
      <>
        <dt className="text-ink-3">{label}</dt>
        <dd className="font-mono text-sm break-words">{text}</dd>
      </>
    )
  );
}

const isEmpty = (values: unknown) => Object.keys((values ?? {}) as object).length === 0;

/** Parameters as they are given: a name and a value, which may be an expression. */
function Given({ values }: { values: unknown }) {
  const entries = Object.entries((values ?? {}) as Record<string, unknown>);
  return (
    <ul className="font-mono text-sm">
      {entries.map(([name, value]) => (
        <li key={name} className="break-words">
          <span className="text-ink-3">{name}: </span>
          {typeof value === "string" ? value : JSON.stringify(value)}
        </li>
      ))}
    </ul>
  );
}
