import type { Share } from "../ui/StackedBar";
import type { Counts } from "./counts.query";

/** Hosts of a job or batch as shares of a bar, from what is done to what has not begun. */
export function sharesOf({ byStatus, byOutcome }: Pick<Counts, "byStatus" | "byOutcome">): Share[] {
  return [
    { key: "succeeded", tone: "done", amount: byOutcome.succeeded },
    { key: "alreadyDone", tone: "done", amount: byOutcome.alreadyDone },
    { key: "stepFailed", tone: "failed", amount: byOutcome.stepFailed },
    { key: "verificationFailed", tone: "failed", amount: byOutcome.verificationFailed },
    { key: "timedOut", tone: "failed", amount: byOutcome.timedOut },
    { key: "lost", tone: "lost", amount: byOutcome.lost },
    { key: "unreachable", tone: "unreachable", amount: byOutcome.unreachable },
    { key: "takenOver", tone: "doubt", amount: byOutcome.inDoubt },
    { key: "cancelled", tone: "cancelled", amount: byOutcome.cancelled },
    { key: "inDoubt", tone: "doubt", amount: byStatus.inDoubt },
    { key: "running", tone: "running", amount: byStatus.running },
    { key: "deferred", tone: "deferred", amount: byStatus.deferred },
    { key: "waiting", tone: "waiting", amount: byStatus.waiting },
  ];
}
