/* Which lines run beside the steps of a workflow: while a host serves nobody, and where steps are taken back. */
import type { WorkflowStep } from "./workflow.query";

/** A line beside a step: not there, begins, goes on, ends, or begins and ends at the same step. */
export type Lane = "none" | "begins" | "goes" | "ends" | "alone";

export interface StepLanes {
  /** The host serves nobody. */
  out: Lane;
  /** Steps whose taking back may come this far: from the last step up to the first that can be taken back. */
  undo: Lane;
}

type Flags = Pick<WorkflowStep, "takesOutOfService" | "returnsToService" | "undo">;

export function stepLanes(steps: readonly Flags[]): StepLanes[] {
  const outs = outLanes(steps);
  const first = steps.findIndex(({ undo }) => undo !== null);
  return outs.map((out, at) => ({ out, undo: undoLane(at, first, steps.length - 1) }));
}

function outLanes(steps: readonly Flags[]): Lane[] {
  let isOut = false;
  return steps.map(({ takesOutOfService, returnsToService }) => {
    const wasOut = isOut;
    isOut = (isOut || takesOutOfService) && !returnsToService;
    if (wasOut) return isOut ? "goes" : "ends";
    if (takesOutOfService) return isOut ? "begins" : "alone";
    return "none";
  });
}

function undoLane(at: number, first: number, last: number): Lane {
  if (first === -1 || at < first) return "none";
  if (first === last) return "alone";
  return at === first ? "begins" : at === last ? "ends" : "goes";
}
