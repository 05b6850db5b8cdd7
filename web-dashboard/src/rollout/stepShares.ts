import type { Share } from "../ui/StackedBar";

/** Hosts at a step, as the server counts them. */
export interface StepCounts {
  waiting: number;
  running: number;
  succeeded: number;
  failed: number;
  skipped: number;
}

/** Hosts of a step as shares of a bar. */
export function sharesOfStep(step: StepCounts): Share[] {
  return [
    { key: "succeeded", tone: "done", amount: step.succeeded },
    { key: "skipped", tone: "cancelled", amount: step.skipped },
    { key: "failed", tone: "failed", amount: step.failed },
    { key: "running", tone: "running", amount: step.running },
    { key: "waiting", tone: "waiting", amount: step.waiting },
  ];
}
