/* What an event is to the eye. How something ended is told by the event's sentence, by the key of a sentence within it. */
import type { Enum } from "../api/graphql";
import { ATTEMPT_OUTCOME_TONE, type AttemptOutcome, HOST_OUTCOME_TONE, type HostOutcome, JOB_OUTCOME_TONE, type JobOutcome } from "../tones";
import type { Tone } from "../ui/tone";
import { EVENT_TONE, isEventKind } from "./eventKinds";

type SentenceKey = Enum<"SentenceKey">;
type JobEnding = { [Outcome in JobOutcome]: Outcome extends "KILLED" ? "JOB_WAS_KILLED" : `JOB_${Outcome}` }[JobOutcome];
type Ending = JobEnding | `HOST_${HostOutcome}` | `ATTEMPT_${AttemptOutcome}` | Extract<SentenceKey, `ROOM_${string}`>;

/** Every way to end that a sentence can tell. */
const ENDING_TONE = {
  JOB_SUCCEEDED: JOB_OUTCOME_TONE.SUCCEEDED,
  JOB_PARTIAL: JOB_OUTCOME_TONE.PARTIAL,
  JOB_FAILED: JOB_OUTCOME_TONE.FAILED,
  JOB_CANCELLED: JOB_OUTCOME_TONE.CANCELLED,
  JOB_WAS_KILLED: JOB_OUTCOME_TONE.KILLED,
  JOB_NO_TARGETS: JOB_OUTCOME_TONE.NO_TARGETS,
  HOST_SUCCEEDED: HOST_OUTCOME_TONE.SUCCEEDED,
  HOST_ALREADY_DONE: HOST_OUTCOME_TONE.ALREADY_DONE,
  HOST_STEP_FAILED: HOST_OUTCOME_TONE.STEP_FAILED,
  HOST_VERIFICATION_FAILED: HOST_OUTCOME_TONE.VERIFICATION_FAILED,
  HOST_TIMED_OUT: HOST_OUTCOME_TONE.TIMED_OUT,
  HOST_LOST: HOST_OUTCOME_TONE.LOST,
  HOST_UNREACHABLE: HOST_OUTCOME_TONE.UNREACHABLE,
  HOST_IN_DOUBT: HOST_OUTCOME_TONE.IN_DOUBT,
  HOST_CANCELLED: HOST_OUTCOME_TONE.CANCELLED,
  ATTEMPT_SUCCEEDED: ATTEMPT_OUTCOME_TONE.SUCCEEDED,
  ATTEMPT_FAILED: ATTEMPT_OUTCOME_TONE.FAILED,
  ATTEMPT_SIGNALLED: ATTEMPT_OUTCOME_TONE.SIGNALLED,
  ATTEMPT_TIMED_OUT: ATTEMPT_OUTCOME_TONE.TIMED_OUT,
  ATTEMPT_KILLED: ATTEMPT_OUTCOME_TONE.KILLED,
  ATTEMPT_REFUSED: ATTEMPT_OUTCOME_TONE.REFUSED,
  ATTEMPT_LOST: ATTEMPT_OUTCOME_TONE.LOST,
  ATTEMPT_UNREACHABLE: ATTEMPT_OUTCOME_TONE.UNREACHABLE,
  ROOM_AMPLE: "done",
  ROOM_NO_NEW_JOBS: "deferred",
  ROOM_NO_NEW_HOSTS: "failed",
} as const satisfies Record<Ending & SentenceKey, Tone>;

/** Those of which the sentence tells how they ended. */
const ENDS: readonly string[] = ["AttemptFinished", "HostRunFinished", "JobFinished", "RoomChanged"];

/** The tone of one event. What is not known, and what ended nobody knows how, is neutral. */
export function eventTone({ kind, sentence }: { kind: string; sentence: { key: string; values: unknown } | null }): Tone {
  const ended = ENDS.includes(kind) ? endingTone(sentence) : undefined;
  return ended ?? (isEventKind(kind) ? EVENT_TONE[kind] : "waiting");
}

/** The tone of the first ending that a sentence tells, by itself or within; nothing where it tells of none. */
export function endingTone(told: unknown): Tone | undefined {
  if (typeof told !== "object" || told === null) return undefined;
  const { key = "", values = {} } = told as { key?: string; values?: object };
  if (isEnding(key)) return ENDING_TONE[key];
  return Object.values(values).map(endingTone).find((tone) => tone !== undefined);
}

function isEnding(key: string): key is keyof typeof ENDING_TONE {
  return Object.hasOwn(ENDING_TONE, key);
}
