/* What may be asked of a job, and what a person is told before it is. Whether it may be asked, the server says. */
import type { Enum } from "../../../api/graphql";
import type { HostOutcome } from "../../../tones";
import type { Batch, Counts, Job } from "../job.query";

export type ActionKind = Enum<"JobActionKind">;
export type RetryFrom = Enum<"RetryFrom">;
export type Verdict = Enum<"Verdict">;

/** A set of hosts as the API takes it. */
export interface Which {
  hosts?: string[];
  outcomes?: HostOutcome[];
}

/** Something a person is about to ask. */
export type Intent =
  | { kind: "START" | "HOLD" | "RESUME" | "DRAIN" | "CANCEL" | "KILL" }
  | { kind: "APPROVE"; batch: number; planHash: string }
  | { kind: "RETRY"; which?: Which; count?: number }
  | { kind: "ACCEPT"; which?: Which; count?: number }
  | { kind: "RESOLVE"; host: string };

/** Actions that take a reason. The others cannot keep one yet. */
export const ASKS_REASON = {
  START: "no",
  HOLD: "optional",
  RESUME: "no",
  DRAIN: "required",
  CANCEL: "required",
  KILL: "required",
  RETRY: "no",
  ACCEPT: "required",
  APPROVE: "no",
  RESOLVE: "required",
} as const satisfies Record<ActionKind, "no" | "optional" | "required">;

/** Actions that cannot be taken back. */
export const DANGEROUS = {
  START: false,
  HOLD: false,
  RESUME: false,
  DRAIN: false,
  CANCEL: true,
  KILL: true,
  RETRY: false,
  ACCEPT: false,
  APPROVE: false,
  RESOLVE: false,
} as const satisfies Record<ActionKind, boolean>;

export type EffectName =
  | "startWaiting"
  | "holdRunning"
  | "holdWaiting"
  | "resumeWaiting"
  | "resumeFailed"
  | "stopRunning"
  | "drainWaiting"
  | "neverStarted"
  | "killRunning"
  | "staysOut"
  | "retried"
  | "accepted"
  | "approved";

/** A number of hosts and what will become of them. */
export interface Effect {
  name: EffectName;
  hosts: number;
}

/** What an action will do to how many hosts, by the server's counts of this moment. */
export function effectsOf(intent: Intent, job: Pick<Job, "counts" | "batches">): Effect[] {
  const { byStatus, failed, outOfService, needingAPerson } = job.counts;
  const untouched = (name: EffectName): Effect[] => [
    { name, hosts: byStatus.waiting },
    { name, hosts: byStatus.deferred },
  ];
  switch (intent.kind) {
    case "START":
      return [{ name: "startWaiting", hosts: job.counts.hosts }];
    case "HOLD":
      return present([{ name: "holdRunning", hosts: byStatus.running }, ...untouched("holdWaiting")]);
    case "RESUME":
      return present([...untouched("resumeWaiting"), { name: "resumeFailed", hosts: failed }]);
    case "DRAIN":
      return present([{ name: "stopRunning", hosts: byStatus.running }, ...untouched("drainWaiting")]);
    case "CANCEL":
      return present([
        { name: "stopRunning", hosts: byStatus.running },
        ...untouched("neverStarted"),
        { name: "staysOut", hosts: outOfService },
      ]);
    case "KILL":
      return present([
        { name: "killRunning", hosts: byStatus.running },
        ...untouched("neverStarted"),
        { name: "staysOut", hosts: outOfService },
      ]);
    case "RETRY":
      return intent.count === undefined ? [] : [{ name: "retried", hosts: intent.count }];
    case "ACCEPT":
      return [{ name: "accepted", hosts: intent.count ?? needingAPerson }];
    case "APPROVE":
      return [{ name: "approved", hosts: batchAfter(job.batches, intent.batch)?.size ?? 0 }];
    case "RESOLVE":
      return [];
  }
}

function present(effects: Effect[]): Effect[] {
  return effects.filter((effect) => effect.hosts > 0);
}

/** The batch that opens when the given one's gate lets it. */
export function batchAfter(batches: readonly Batch[], number: number): Batch | undefined {
  return batches[batches.findIndex((batch) => batch.number === number) + 1];
}

/** Ways to end that can be retried, with the server's counts. */
export function retryable({ byOutcome }: Pick<Counts, "byOutcome">): { outcome: HostOutcome; hosts: number }[] {
  const all: { outcome: HostOutcome; hosts: number }[] = [
    { outcome: "STEP_FAILED", hosts: byOutcome.stepFailed },
    { outcome: "VERIFICATION_FAILED", hosts: byOutcome.verificationFailed },
    { outcome: "TIMED_OUT", hosts: byOutcome.timedOut },
    { outcome: "LOST", hosts: byOutcome.lost },
    { outcome: "UNREACHABLE", hosts: byOutcome.unreachable },
    { outcome: "IN_DOUBT", hosts: byOutcome.inDoubt },
    { outcome: "CANCELLED", hosts: byOutcome.cancelled },
  ];
  return all.filter(({ hosts }) => hosts > 0);
}
