/* The events of a job by name. What is not listed here is shown by its name as recorded. */
import type { Tone } from "../ui/tone";

/** What each is to the eye. */
export const EVENT_TONE = {
  JobCreated: "waiting",
  PlanSealed: "waiting",
  JobStarted: "running",
  BatchOpened: "running",
  HostAdmitted: "waiting",
  HostDeferred: "deferred",
  CanaryBackfilled: "deferred",
  StepSkipped: "cancelled",
  AttemptStarted: "waiting",
  HostOutOfReach: "unreachable",
  HostInReach: "waiting",
  AttemptFinished: "waiting",
  AttemptInDoubt: "doubt",
  PersonAsked: "doubt",
  DoubtResolved: "running",
  RetryScheduled: "deferred",
  StepFailed: "failed",
  HostRunFinished: "done",
  BakeStarted: "waiting",
  BakeFinished: "waiting",
  ApprovalAsked: "deferred",
  BatchApproved: "running",
  ApprovalExpired: "deferred",
  GatePassed: "done",
  GateHeld: "failed",
  JobHeld: "deferred",
  JobResumed: "running",
  JobDraining: "deferred",
  JobCancelling: "cancelled",
  JobKilled: "failed",
  HostsRetried: "running",
  HostsAccepted: "doubt",
  JobSettled: "failed",
  JobFinished: "done",
} as const satisfies Record<string, Tone>;

export type EventKind = keyof typeof EVENT_TONE;

export const EVENT_KINDS = Object.keys(EVENT_TONE) as EventKind[];

export const EVENT_SIEVES = ["milestones", "failures", "all"] as const;
export type EventSieve = (typeof EVENT_SIEVES)[number];

export const KINDS_OF: Record<EventSieve, readonly EventKind[]> = {
  milestones: [
    "JobCreated",
    "PlanSealed",
    "JobStarted",
    "BatchOpened",
    "CanaryBackfilled",
    "PersonAsked",
    "DoubtResolved",
    "BakeStarted",
    "BakeFinished",
    "ApprovalAsked",
    "BatchApproved",
    "ApprovalExpired",
    "GatePassed",
    "GateHeld",
    "JobHeld",
    "JobResumed",
    "JobDraining",
    "JobCancelling",
    "JobKilled",
    "HostsRetried",
    "HostsAccepted",
    "JobSettled",
    "JobFinished",
  ],
  failures: ["StepFailed", "AttemptInDoubt", "HostOutOfReach", "PersonAsked", "RetryScheduled", "GateHeld"],
  all: EVENT_KINDS,
};

export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(EVENT_TONE, kind);
}
