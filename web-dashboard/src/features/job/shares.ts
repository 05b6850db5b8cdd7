import type { Share } from "../../ui/StackedBar";
import type { JobStep } from "./job.query";

/** Hosts of a step as shares of a bar. */
export function sharesOfStep(step: JobStep): Share[] {
  return [
    { key: "succeeded", tone: "done", amount: step.succeeded },
    { key: "skipped", tone: "cancelled", amount: step.skipped },
    { key: "failed", tone: "failed", amount: step.failed },
    { key: "running", tone: "running", amount: step.running },
    { key: "waiting", tone: "waiting", amount: step.waiting },
  ];
}
