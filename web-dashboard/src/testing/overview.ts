/* An installation as the server would tell it, for tests. Every number is given; nothing is derived. */
import type { EndedJob, Overview, OverviewJob } from "../features/overview/overview.query";
import { NO_COUNTS } from "./job";

export const LOCK: OverviewJob["failureClusters"][number] = {
  error: "E: no lock (#)",
  sample: "E: no lock (11)",
  count: 2,
  firstHost: "web-0007",
  step: "install",
  outcome: "STEP_FAILED",
};

export const BREACH: NonNullable<OverviewJob["hold"]> = {
  kind: "BREACH",
  text: "canary failed 1 of 1 (at most 0 may)",
  threshold: "canaryFailed",
  parameters: { failed: 1, of: 1, allowed: 0 },
};

export function waits(kind: OverviewJob["waitingFor"][number]["kind"], numbers: unknown = {}): OverviewJob["waitingFor"][number] {
  return { kind, text: "", numbers, until: null };
}

export function goingOn(ulid: string, given: Partial<OverviewJob> = {}): OverviewJob {
  return {
    id: `job:${ulid}`,
    ulid,
    template: `template-${ulid}`,
    status: "RUNNING",
    outcome: null,
    hold: null,
    stopping: null,
    waitingFor: [waits("HOSTS", { hosts: 3 })],
    requestedBy: "user:ann",
    createdAt: "2026-11-23T08:00:00.000Z",
    attention: null,
    throughput: 12,
    estimatedEnd: null,
    counts: { ...NO_COUNTS, hosts: 300 },
    currentBatch: { number: 1 },
    batches: [
      { number: 1, status: "OPEN", size: 1, counts: { ...NO_COUNTS, hosts: 1 } },
      { number: 2, status: "WAITING", size: 299, counts: { ...NO_COUNTS, hosts: 299 } },
    ],
    failureClusters: [],
    ...given,
  };
}

export function over(ulid: string, given: Partial<EndedJob> = {}): EndedJob {
  return {
    id: `job:${ulid}`,
    ulid,
    template: `template-${ulid}`,
    status: "FINISHED",
    outcome: "SUCCEEDED",
    requestedBy: "user:ann",
    finishedAt: "2026-11-23T08:00:00.000Z",
    counts: { hosts: 40, succeeded: 40, failed: 0 },
    ...given,
  };
}

export function overview(given: Partial<Overview> = {}): Overview {
  return {
    hosts: 300,
    planned: 0,
    running: 0,
    held: 0,
    settled: 0,
    hostsRunning: 0,
    hostsOutOfService: 0,
    hostsNeedingAPerson: 0,
    throughput: 0,
    needingCount: given.needing?.length ?? 0,
    underWayCount: given.underWay?.length ?? 0,
    needing: [],
    underWay: [],
    keepingOut: [],
    lastFailures: [],
    ended: [],
    ...given,
  };
}
