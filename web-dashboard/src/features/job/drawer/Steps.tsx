import { useTranslation } from "react-i18next";
import { AttemptTold } from "../../../rollout/AttemptTold";
import { useStepState } from "../../../rollout/useStepState";
import { Mark } from "../../../ui/Mark";
import { useFormat, useNow } from "../../../useFormat";
import type { Attempt, HostRun, StepRun } from "./hostRun.query";

interface StepsProps {
  run: HostRun;
  /** The token of the attempt whose output is shown. */
  chosen: string | null;
  onChoose: (token: string) => void;
}

/** What became of each step, with every attempt at it. */
export function Steps({ run, chosen, onChoose }: StepsProps) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t("steps.title")} className="max-h-[38vh] shrink-0 overflow-y-auto border-t border-line">
      {run.steps.map((step) => (
        <Step
          key={step.index}
          step={step}
          attempts={run.attempts.filter((attempt) => attempt.step === step.step)}
          chosen={chosen}
          onChoose={onChoose}
        />
      ))}
    </ol>
  );
}

function Step({ step, attempts, chosen, onChoose }: { step: StepRun; attempts: readonly Attempt[] } & Omit<StepsProps, "run">) {
  const format = useFormat();
  const { tone, words, isRunning } = useStepState()(step.result, attempts);
  const last = attempts.at(-1);
  const isChosen = attempts.some(({ token }) => token === chosen);
  return (
    <li className={`border-b border-line px-4 py-1 ${isChosen ? "bg-sunk" : ""}`}>
      <div className="flex items-center gap-2">
        <Mark tone={tone} pulse={isRunning} />
        <button
          type="button"
          disabled={last === undefined}
          onClick={() => last !== undefined && onChoose(last.token)}
          className="font-medium enabled:hover:underline disabled:text-ink-3"
        >
          {step.step}
        </button>
        <span className="truncate text-sm text-ink-3">{step.action}</span>
        <span className="ml-auto text-sm whitespace-nowrap text-ink-2">{words}</span>
        <span className="w-16 text-right text-sm whitespace-nowrap tabular-nums">
          {isRunning && last !== undefined ? <Elapsed since={last.startedAt} /> : step.took !== null && format.length(step.took)}
        </span>
      </div>
      {(attempts.length > 1 || step.error !== null) && (
        <div className="flex flex-wrap items-baseline gap-x-2 pl-[18px]">
          {attempts.length > 1 && attempts.map((attempt) => (
            <AttemptButton key={attempt.token} attempt={attempt} chosen={attempt.token === chosen} onChoose={onChoose} />
          ))}
          {step.error !== null && <p className="min-w-0 basis-full font-mono text-sm break-words text-ink-2">{step.error}</p>}
        </div>
      )}
    </li>
  );
}

/** How long something has been going on, by the second. */
function Elapsed({ since }: { since: string }) {
  const format = useFormat();
  const now = useNow();
  return format.length(Math.max(0, now - new Date(since).getTime()));
}

function AttemptButton({ attempt, chosen, onChoose }: { attempt: Attempt; chosen: boolean; onChoose: (token: string) => void }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={() => onChoose(attempt.token)}
      className="inline-flex items-center gap-1 rounded-sm text-sm text-ink-2 hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink"
    >
      <AttemptTold attempt={attempt} />
    </button>
  );
}
