/* Every event by name. One of a newer server, which is not listed here, is shown by its name as recorded. */
import type { Tone } from "../ui/tone";

/** What each event of a job is to the eye. What ended has the tone of how it ended: see `eventTone`. */
const JOB_EVENT_TONE = {
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
  HostRunFinished: "waiting",
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
  JobFinished: "waiting",
} as const satisfies Record<string, Tone>;

/** Everything else that is recorded: of templates, schedules, the inventory, access and the server itself. */
const OTHER_EVENT_TONE = {
  TemplateApplied: "waiting",
  TemplateRemoved: "cancelled",
  PackInstalled: "waiting",
  ScheduleCreated: "waiting",
  ScheduleChanged: "waiting",
  SchedulePaused: "deferred",
  ScheduleResumed: "running",
  ScheduleDeleted: "cancelled",
  ScheduleFired: "running",
  ScheduleQueued: "deferred",
  ScheduleSkipped: "cancelled",
  InventoryChanged: "waiting",
  TokenCreated: "waiting",
  TokenRevoked: "cancelled",
  SessionOpened: "waiting",
  SessionClosed: "waiting",
  ServerStarted: "waiting",
  BackupRestored: "doubt",
  RoomChanged: "waiting",
} as const satisfies Record<string, Tone>;

export const EVENT_TONE = { ...JOB_EVENT_TONE, ...OTHER_EVENT_TONE };

export type EventKind = keyof typeof EVENT_TONE;
export type JobEventKind = keyof typeof JOB_EVENT_TONE;

export const EVENT_KINDS = Object.keys(EVENT_TONE) as EventKind[];
const JOB_EVENT_KINDS = Object.keys(JOB_EVENT_TONE) as JobEventKind[];

export const EVENT_SIEVES = ["milestones", "failures", "all"] as const;
export type EventSieve = (typeof EVENT_SIEVES)[number];

export const KINDS_OF: Record<EventSieve, readonly JobEventKind[]> = {
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
  all: JOB_EVENT_KINDS,
};

export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(EVENT_TONE, kind);
}

export function isJobEventKind(kind: string): kind is JobEventKind {
  return Object.hasOwn(JOB_EVENT_TONE, kind);
}
