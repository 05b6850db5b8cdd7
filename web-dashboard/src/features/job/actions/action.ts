/* What may be asked of a job, and what a person is told before it is. Whether it may be asked, the server says. */
import type { Enum } from "../../../api/graphql";
import type { HostOutcome } from "../../../tones";
import type { Counts, Job } from "../job.query";

export type ActionKind = Enum<"JobActionKind">;
export type RetryFrom = Enum<"RetryFrom">;
export type Verdict = Enum<"Verdict">;

/** A set of hosts as the API takes it. */
export interface Which {
  hosts?: string[];
  outcomes?: HostOutcome[];
  /** The error of a failure cluster. */
  error?: string;
}

/** Something a person is about to ask. */
export type Intent =
  | { kind: "START" | "HOLD" | "RESUME" | "DRAIN" | "CANCEL" | "KILL" }
  | { kind: "APPROVE"; batch: number; planHash: string }
  | { kind: "RETRY"; which?: Which }
  | { kind: "ACCEPT"; which?: Which }
  | { kind: "RESOLVE"; host: string };

/** Which actions ask for a reason. What begins a job needs none. */
export const ASKS_REASON = {
  START: "no",
  HOLD: "optional",
  RESUME: "optional",
  DRAIN: "required",
  CANCEL: "required",
  KILL: "required",
  RETRY: "optional",
  ACCEPT: "required",
  APPROVE: "optional",
  RESOLVE: "required",
} as const satisfies Record<ActionKind, "no" | "optional" | "required">;

/** Actions of which only the server can say how many hosts they touch: those about chosen ones. */
export const COUNTED = {
  START: false,
  HOLD: false,
  RESUME: false,
  DRAIN: false,
  CANCEL: false,
  KILL: false,
  RETRY: true,
  ACCEPT: true,
  APPROVE: true,
  RESOLVE: false,
} as const satisfies Record<ActionKind, boolean>;

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

/**
 * What an action will do to how many hosts, by the server's counts of this moment. How many hosts an action touches that
 * is about chosen ones, the server is asked for: `null` until it has said so.
 */
export function effectsOf(intent: Intent, job: Pick<Job, "counts">, touched: number | null): Effect[] {
  const { byStatus, failed, outOfService } = job.counts;
  const untouched = (name: EffectName): Effect[] => [
    { name, hosts: byStatus.waiting },
    { name, hosts: byStatus.deferred },
  ];
  const asked = (name: EffectName): Effect[] => (touched === null ? [] : [{ name, hosts: touched }]);
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
      return asked("retried");
    case "ACCEPT":
      return asked("accepted");
    case "APPROVE":
      return asked("approved");
    case "RESOLVE":
      return [];
  }
}

function present(effects: Effect[]): Effect[] {
  return effects.filter((effect) => effect.hosts > 0);
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
