/* Which jobs wait for a person, and in which order a person should look at them. */
import type { WaitingKind } from "../../tones";
import type { Tone } from "../../ui/tone";
import type { EndedJob, OverviewJob } from "./overview.query";

/**
 * How much a wait asks of a person; the first is looked at first. `null` passes by itself, or was meant so: a job that
 * was planned and not started hurts nobody.
 */
const URGENCY = {
  PERSON: 0,
  ROOM: 0,
  RESUME: 1,
  APPROVAL: 2,
  START: null,
  HOSTS: null,
  BAKE: null,
  LEASE: null,
  REACH: null,
} as const satisfies Record<WaitingKind, number | null>;

const HOLD_URGENCY = 1;

function urgencyOf(job: OverviewJob): number | null {
  const asked = job.waitingFor.map(({ kind }) => URGENCY[kind]).filter((urgency) => urgency !== null);
  if (job.hold !== null) asked.push(HOLD_URGENCY);
  return asked.length === 0 ? null : Math.min(...asked);
}

/** Jobs that wait for a person, the most urgent first and among equals the oldest; and those that go on without one. */
export function divide(newestFirst: readonly OverviewJob[]): { needing: OverviewJob[]; calm: OverviewJob[] } {
  const needing = newestFirst
    .toReversed()
    .flatMap((job) => {
      const urgency = urgencyOf(job);
      return urgency === null ? [] : [{ job, urgency }];
    })
    .toSorted((a, b) => a.urgency - b.urgency)
    .map(({ job }) => job);
  return { needing, calm: newestFirst.filter((job) => urgencyOf(job) === null) };
}

/** Orange where hosts serve nobody or a limit was exceeded; yellow where somebody is merely asked. */
export function toneOf(job: OverviewJob): Tone {
  return job.counts.needingAPerson > 0 || job.hold?.kind === "BREACH" ? "failed" : "deferred";
}

/** The loudest of them. */
export function loudest(jobs: readonly OverviewJob[]): Tone {
  if (jobs.length === 0) return "done";
  return jobs.some((job) => toneOf(job) === "failed") ? "failed" : "deferred";
}

/** Jobs that keep hosts out of service, oldest first. */
export function keepingOut(newestFirst: readonly OverviewJob[]): OverviewJob[] {
  return newestFirst.filter(({ counts }) => counts.outOfService > 0).toReversed();
}

/** An error that hosts of a job failed with. */
export interface Failure {
  job: Pick<EndedJob, "ulid" | "template">;
  cluster: EndedJob["failureClusters"][number];
}

/** Errors of the newest jobs, whether these go on or have ended. Ids of jobs begin with the time. */
export function lastFailures(jobs: readonly Pick<EndedJob, "ulid" | "template" | "failureClusters">[], most: number): Failure[] {
  return jobs
    .toSorted((a, b) => (a.ulid < b.ulid ? 1 : -1))
    .flatMap((job) => job.failureClusters.map((cluster) => ({ job, cluster })))
    .slice(0, most);
}
