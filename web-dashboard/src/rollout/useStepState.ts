import { useTranslation } from "react-i18next";
import { ATTEMPT_STATUS_TONE, type AttemptStatus, STEP_RESULT_TONE, type StepResult } from "../tones";
import type { Tone } from "../ui/tone";

/** How a step of one host stands. */
export interface StepState {
  tone: Tone;
  /** Empty where nothing happened yet. */
  words: string;
  isRunning: boolean;
}

/** Says how a step stands: by its attempts while one of them is open, otherwise by what came of it. */
export function useStepState(): (result: StepResult, attempts: readonly { status: AttemptStatus }[]) => StepState {
  const { t } = useTranslation();
  return (result, attempts) => {
    const open = openStatus(result, attempts);
    if (open !== null) return { tone: ATTEMPT_STATUS_TONE[open], words: t(`attemptStatus.${open}`), isRunning: open === "RUNNING" };
    return { tone: STEP_RESULT_TONE[result], words: result === "NONE" ? "" : t(`stepResult.${result}`), isRunning: false };
  };
}

/** Where the step's open attempt is; `null` without one. A doubt that somebody resolved has given the step a result. */
function openStatus(result: StepResult, attempts: readonly { status: AttemptStatus }[]): AttemptStatus | null {
  if (attempts.some(({ status }) => status === "RUNNING")) return "RUNNING";
  return result === "NONE" && attempts.at(-1)?.status === "IN_DOUBT" ? "IN_DOUBT" : null;
}
