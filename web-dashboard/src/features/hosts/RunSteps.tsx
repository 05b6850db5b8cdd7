import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { links } from "../../links";
import { AttemptTold } from "../../rollout/AttemptTold";
import { useStepState } from "../../rollout/useStepState";
import { Mark } from "../../ui/Mark";
import { useFormat } from "../../useFormat";
import { type PastAttempt, type PastRun, RunAttemptsQuery } from "./host.query";

/** What became of each step of a run, with every attempt at it. An attempt leads to its output. */
export function RunSteps({ run, host }: { run: PastRun; host: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stateOf = useStepState();
  const [{ data, error }, refetch] = useQuery({ query: RunAttemptsQuery, variables: { job: run.job.ulid, host }, requestPolicy: "cache-and-network" });
  const attempts = data?.job?.hostRun?.attempts ?? [];
  const moment = run.steps.map(({ attempts, result }) => `${attempts}${result}`).join();
  useEffect(() => refetch({ requestPolicy: "network-only" }), [moment, refetch]);
  return (
    <>
      {error !== undefined && <p className="tone-failed tone-text px-4 py-1 text-sm">{wordsOf(error)}</p>}
      <ol className="border-t border-line bg-sunk pr-4 pb-2 pl-11" aria-label={t("hostPage.stepsOf", { template: run.job.template })}>
        {run.steps.map((step) => {
          const own = attempts.filter((attempt) => attempt.step === step.step);
          const { tone, words, isRunning } = stateOf(step.result, own);
          return (
            <li key={step.index} className="border-b border-line py-1 last:border-b-0">
              <div className="flex items-center gap-2">
                <Mark tone={tone} pulse={isRunning} />
                <span className={step.attempts === 0 ? "text-ink-3" : "font-medium"}>{step.step}</span>
                <Link to={links.action(step.action)} className="truncate text-sm text-ink-3 hover:underline">
                  {step.action}
                </Link>
                <span className="ml-auto text-sm whitespace-nowrap text-ink-2">{words}</span>
                <span className="w-16 text-right text-sm whitespace-nowrap tabular-nums">{step.took !== null && format.length(step.took)}</span>
              </div>
              {step.error !== null && <p className="pl-[18px] font-mono text-sm break-words text-ink-2">{step.error}</p>}
              {own.length > 0 && (
                <p className="flex flex-wrap gap-x-3 pl-[18px]">
                  {own.map((attempt) => (
                    <AttemptLink key={attempt.token} attempt={attempt} job={run.job.ulid} host={host} />
                  ))}
                </p>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

function AttemptLink({ attempt, job, host }: { attempt: PastAttempt; job: string; host: string }) {
  return (
    <Link to={links.job(job, { host, attempt: attempt.token })} className="inline-flex items-center gap-1 text-sm text-ink-2 hover:text-ink hover:underline">
      <AttemptTold attempt={attempt} />
    </Link>
  );
}
