/* Which tone every status and outcome of the schema has. A new one does not compile until it is in here. */
import type { Enum } from "./api/graphql";
import type { Tone } from "./ui/tone";

export type HostStatus = Enum<"HostStatus">;
export type HostOutcome = Enum<"HostOutcome">;
export type JobStatus = Enum<"JobStatus">;
export type JobOutcome = Enum<"JobOutcome">;
export type BatchStatus = Enum<"BatchStatus">;
export type StepResult = Enum<"StepResult">;
export type AttemptStatus = Enum<"AttemptStatus">;
export type AttemptOutcome = Enum<"AttemptOutcome">;
export type WaitingKind = Enum<"WaitingKind">;
export type Fate = Enum<"Fate">;
export type Absence = Enum<"Absence">;
export type Attention = Enum<"Attention">;

export const HOST_STATUS_TONE = {
  WAITING: "waiting",
  DEFERRED: "deferred",
  RUNNING: "running",
  IN_DOUBT: "doubt",
  FINISHED: "done",
} as const satisfies Record<HostStatus, Tone>;

export const HOST_OUTCOME_TONE = {
  SUCCEEDED: "done",
  ALREADY_DONE: "done",
  STEP_FAILED: "failed",
  VERIFICATION_FAILED: "failed",
  TIMED_OUT: "failed",
  LOST: "lost",
  UNREACHABLE: "unreachable",
  IN_DOUBT: "doubt",
  CANCELLED: "cancelled",
} as const satisfies Record<HostOutcome, Tone>;

/** Whether gates, and so every number of failed hosts, count an outcome as failed: `HostOutcome::is_failure` of the server. */
const COUNTS_AS_FAILED = {
  SUCCEEDED: false,
  ALREADY_DONE: false,
  STEP_FAILED: true,
  VERIFICATION_FAILED: true,
  TIMED_OUT: true,
  LOST: true,
  UNREACHABLE: false,
  IN_DOUBT: true,
  CANCELLED: false,
} as const satisfies Record<HostOutcome, boolean>;

/** The outcomes that make the number of failed hosts. */
export const FAILED_OUTCOMES = (Object.keys(COUNTS_AS_FAILED) as HostOutcome[]).filter((outcome) => COUNTS_AS_FAILED[outcome]);

export const JOB_STATUS_TONE = {
  PLANNED: "waiting",
  RUNNING: "running",
  HELD: "deferred",
  DRAINING: "deferred",
  CANCELLING: "cancelled",
  SETTLED: "failed",
  FINISHED: "done",
} as const satisfies Record<JobStatus, Tone>;

export const JOB_OUTCOME_TONE = {
  SUCCEEDED: "done",
  PARTIAL: "deferred",
  FAILED: "failed",
  CANCELLED: "cancelled",
  KILLED: "cancelled",
  NO_TARGETS: "cancelled",
} as const satisfies Record<JobOutcome, Tone>;

export const BATCH_STATUS_TONE = {
  WAITING: "waiting",
  OPEN: "running",
  BAKING: "running",
  BAKED: "running",
  AWAITING_APPROVAL: "deferred",
  APPROVED: "running",
  PASSED: "done",
  CLOSED: "cancelled",
} as const satisfies Record<BatchStatus, Tone>;

export const STEP_RESULT_TONE = {
  NONE: "waiting",
  SUCCEEDED: "done",
  SKIPPED: "cancelled",
  FAILED: "failed",
  UNDONE: "deferred",
} as const satisfies Record<StepResult, Tone>;

export const ATTEMPT_STATUS_TONE = {
  RUNNING: "running",
  IN_DOUBT: "doubt",
  FINISHED: "done",
} as const satisfies Record<AttemptStatus, Tone>;

export const ATTEMPT_OUTCOME_TONE = {
  SUCCEEDED: "done",
  FAILED: "failed",
  SIGNALLED: "failed",
  TIMED_OUT: "failed",
  KILLED: "cancelled",
  REFUSED: "failed",
  LOST: "lost",
  UNREACHABLE: "unreachable",
} as const satisfies Record<AttemptOutcome, Tone>;

/** What waits for a person stands out; what passes by itself does not. */
export const WAITING_TONE = {
  START: "waiting",
  RESUME: "deferred",
  HOSTS: "running",
  BAKE: "running",
  APPROVAL: "deferred",
  LEASE: "deferred",
  REACH: "unreachable",
  PERSON: "failed",
  ROOM: "deferred",
} as const satisfies Record<WaitingKind, Tone>;

/** What became of a schedule's moment, or what will. */
export const FATE_TONE = {
  EXPECTED: "waiting",
  WILL_BE_PAUSED: "cancelled",
  WILL_HAVE_NO_TEMPLATE: "failed",
  WILL_BE_SKIPPED: "cancelled",
  WILL_WAIT: "deferred",
  FIRED: "done",
  WAITS: "deferred",
  SKIPPED: "cancelled",
} as const satisfies Record<Fate, Tone>;

/** A host that its own step reboots is away as it should be; one that nobody can reach is in trouble. */
export const ABSENCE_TONE = {
  REBOOTING: "away",
  OUT_OF_REACH: "unreachable",
} as const satisfies Record<Absence, Tone>;

/** Orange where hosts serve nobody or a limit was exceeded; yellow where somebody is merely asked. */
const ATTENTION_TONE = {
  HOSTS: "failed",
  ROOM: "deferred",
  BREACH: "failed",
  HELD: "deferred",
  APPROVAL: "deferred",
} as const satisfies Record<Attention, Tone>;

/** The tone of a job that asks for a person. */
export function attentionTone(attention: Attention | null): Tone {
  return attention === null ? "deferred" : ATTENTION_TONE[attention];
}

/** Whether a host serves: one that is out of service for a while only waits, one that a person has to look at is in trouble. */
export function serviceTone({ isOut, needsAPerson }: { isOut: boolean; needsAPerson: boolean }): Tone {
  if (isOut) return needsAPerson ? "failed" : "deferred";
  return needsAPerson ? "doubt" : "done";
}

/** A host's tone: how it ended where it has ended, otherwise where it is. */
export function hostTone(status: HostStatus, outcome: HostOutcome | null): Tone {
  return outcome === null ? HOST_STATUS_TONE[status] : HOST_OUTCOME_TONE[outcome];
}

/** An attempt's tone: how it ended where it has ended, otherwise where it is. */
export function attemptTone(status: AttemptStatus, outcome: AttemptOutcome | null): Tone {
  return outcome === null ? ATTEMPT_STATUS_TONE[status] : ATTEMPT_OUTCOME_TONE[outcome];
}

/** A job's tone: how it ended where it has ended, otherwise where it is. */
export function jobTone(status: JobStatus, outcome: JobOutcome | null): Tone {
  return outcome === null ? JOB_STATUS_TONE[status] : JOB_OUTCOME_TONE[outcome];
}

/** Whether a status moves by itself, so that its mark breathes. */
export const MOVES = {
  PLANNED: false,
  RUNNING: true,
  HELD: false,
  DRAINING: true,
  CANCELLING: true,
  SETTLED: false,
  FINISHED: false,
} as const satisfies Record<JobStatus, boolean>;
