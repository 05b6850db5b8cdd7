/* Which jobs, as the address says it and as the API takes it. */
import { JOB_OUTCOME_TONE, JOB_STATUS_TONE, type JobOutcome, type JobStatus } from "../../tones";
import { isZone, momentOf } from "../../zoned";
import type { JobFilter } from "./jobs.query";

export const STATUSES = Object.keys(JOB_STATUS_TONE) as readonly JobStatus[];
export const OUTCOMES = Object.keys(JOB_OUTCOME_TONE) as readonly JobOutcome[];

/** The parts of the address that say which jobs. */
export const PARTS = ["status", "outcome", "template", "by", "from", "to", "q"] as const;
export type Part = (typeof PARTS)[number];
export type Asked = Readonly<Record<Part | "zone", string>>;

/** The parts that name a day. */
export const DAYS = ["from", "to"] as const;

/** What the address says. */
export function askedOf(search: URLSearchParams): Asked {
  return Object.fromEntries([...PARTS, "zone"].map((part) => [part, search.get(part) ?? ""])) as Asked;
}

/** Whether anything but all jobs is asked for. */
export const isNarrowed = (asked: Asked) => PARTS.some((part) => asked[part].trim() !== "");

/** The zone whose days are meant: that of the address, so that a colleague sees the same jobs, otherwise the reader's. */
export const zoneOf = (asked: Asked, own: string) => (asked.zone !== "" && isZone(asked.zone) ? asked.zone : own);

/** The filter for the API. Days begin at midnight of their zone; what is none of the choices says nothing. */
export function filterOf(asked: Asked, own: string): JobFilter {
  const status = STATUSES.find((known) => known === asked.status);
  const outcome = OUTCOMES.find((known) => known === asked.outcome);
  const zone = zoneOf(asked, own);
  const [from, to] = [momentOf(asked.from, zone), momentOf(asked.to, zone, 1)];
  const { template, by, q } = asked;
  return {
    ...(status === undefined ? {} : { status: [status] }),
    ...(outcome === undefined ? {} : { outcome: [outcome] }),
    ...(template === "" ? {} : { template }),
    ...(by.trim() === "" ? {} : { requestedBy: by.trim() }),
    ...(from === null ? {} : { createdFrom: from }),
    ...(to === null ? {} : { createdTo: to }),
    ...(q.trim() === "" ? {} : { search: q.trim() }),
  };
}
