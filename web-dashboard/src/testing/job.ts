/* Jobs as the server would tell them, for tests. Every number is given; nothing is derived. */
import type { Counts, FailureCluster, Job, JobStep } from "../features/job/job.query";
import type { Batch } from "../rollout/batch.query";

export const NO_COUNTS: Counts = {
  hosts: 0,
  settled: 0,
  succeeded: 0,
  failed: 0,
  outOfService: 0,
  needingAPerson: 0,
  byStatus: { waiting: 0, deferred: 0, running: 0, inDoubt: 0 },
  byOutcome: {
    succeeded: 0,
    alreadyDone: 0,
    stepFailed: 0,
    verificationFailed: 0,
    timedOut: 0,
    lost: 0,
    unreachable: 0,
    inDoubt: 0,
    cancelled: 0,
  },
};

export function batch(given: Partial<Batch> & Pick<Batch, "number" | "size">): Batch {
  return {
    kind: "PLANNED",
    status: "WAITING",
    canary: given.number === 1,
    first: 0,
    bake: 0,
    bakeUntil: null,
    approve: false,
    approvalUntil: null,
    openedAt: null,
    passedAt: null,
    whyNotApprover: null,
    stopsAt: 1,
    gate: "stops at the 1st failure",
    stage: { amount: "1", upTo: false, approvedBy: null, notRequester: false },
    counts: { ...NO_COUNTS, hosts: given.size },
    ...given,
  };
}

export function step(given: Partial<JobStep> & Pick<JobStep, "index" | "step">): JobStep {
  return { action: `patch.${given.step}`, waiting: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, p50: null, p95: null, slowest: null, ...given };
}

export function cluster(given: Partial<FailureCluster>): FailureCluster {
  return {
    error: "E: no lock (#)",
    sample: "E: no lock (11)",
    count: 2,
    firstHost: "web-0007",
    hosts: ["web-[0007,0009]"],
    outcome: "STEP_FAILED",
    step: "install",
    ...given,
  };
}

const ALL_ACTIONS = ["START", "HOLD", "RESUME", "DRAIN", "CANCEL", "KILL", "RETRY", "ACCEPT", "APPROVE", "RESOLVE"] as const;

/** What the server allows; the rest it refuses with a reason that names the action. */
export function actions(allowed: readonly Job["actions"][number]["action"][]): Job["actions"] {
  return ALL_ACTIONS.map((action) => ({
    action,
    allowed: allowed.includes(action),
    reason: allowed.includes(action) ? null : `no ${action} now`,
    why: null,
  }));
}

export function job(given: Partial<Job> = {}): Job {
  return {
    id: "job:01M83S71M459D1ZYRRRFMNCBK2",
    ulid: "01M83S71M459D1ZYRRRFMNCBK2",
    position: 100,
    template: "patch-server",
    templateVersion: 2,
    status: "RUNNING",
    outcome: null,
    hold: null,
    stopping: null,
    requestedBy: "user:demo",
    due: null,
    createdAt: "2026-11-23T08:00:00.000Z",
    startedAt: "2026-11-23T08:00:00.000Z",
    finishedAt: null,
    throughput: 12,
    estimatedEnd: null,
    counts: { ...NO_COUNTS, hosts: 300 },
    batches: [batch({ number: 1, size: 1, status: "OPEN" }), batch({ number: 2, size: 299 })],
    currentBatch: { number: 1 },
    steps: [step({ index: 0, step: "check" }), step({ index: 1, step: "install" })],
    archived: false,
    failureClusterCount: 0,
    failureClusters: [],
    actions: actions([]),
    waitingFor: [],
    ...given,
  };
}
