import type { Enum } from "../../../api/graphql";
import { HOST_OUTCOME_TONE, type HostOutcome } from "../../../tones";
import type { Tone } from "../../../ui/tone";

export type NotDoneReason = Enum<"NotDoneReason">;

const REASON_TONE = {
  FAILED: "failed",
  IN_DOUBT: "doubt",
  TAKEN_OVER: "cancelled",
  UNREACHABLE: "unreachable",
  OUTDATED: "deferred",
  CANCELLED: "cancelled",
  NEVER: "waiting",
  RUNNING: "running",
  WAITING: "waiting",
} as const satisfies Record<NotDoneReason, Tone>;

export const REASONS = Object.keys(REASON_TONE) as NotDoneReason[];

/** A reason's tone; where hosts failed, that of how they did. */
export const toneOf = (reason: NotDoneReason, outcome: HostOutcome | null): Tone =>
  reason === "FAILED" && outcome !== null ? HOST_OUTCOME_TONE[outcome] : REASON_TONE[reason];

/** Which hosts the list shows. */
export interface Sieve {
  reason: NotDoneReason | null;
  outcome: HostOutcome | null;
}

/** A sieve as it stands in the address: `NEVER`, `FAILED.LOST`. */
export const sieveText = ({ reason, outcome }: Sieve) => [reason, reason === "FAILED" ? outcome : null].filter(Boolean).join(".");

export function sieveOf(text: string): Sieve {
  const [first, second] = text.split(".");
  const reason = REASONS.find((reason) => reason === first) ?? null;
  const outcome = (Object.keys(HOST_OUTCOME_TONE) as HostOutcome[]).find((outcome) => outcome === second) ?? null;
  return { reason, outcome: reason === "FAILED" ? outcome : null };
}
