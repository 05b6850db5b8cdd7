/* Which jobs, as the address says it and as the API takes it. */
import { JOB_OUTCOME_TONE, JOB_STATUS_TONE, type JobOutcome, type JobStatus } from "../../tones";
import type { JobFilter } from "./jobs.query";

export const STATUSES = Object.keys(JOB_STATUS_TONE) as readonly JobStatus[];
export const OUTCOMES = Object.keys(JOB_OUTCOME_TONE) as readonly JobOutcome[];

/** The parts of the address that say which jobs. */
export const PARTS = ["status", "outcome", "template", "by", "from", "to", "q"] as const;
export type Part = (typeof PARTS)[number];
export type Asked = Readonly<Record<Part, string>>;

/** What the address says. */
export function askedOf(search: URLSearchParams): Asked {
  return Object.fromEntries(PARTS.map((part) => [part, search.get(part) ?? ""])) as Asked;
}

/** Whether anything but all jobs is asked for. */
export const isNarrowed = (asked: Asked) => PARTS.some((part) => asked[part].trim() !== "");

/** The filter for the API. Days begin at midnight where the reader is; what is none of the choices says nothing. */
export function filterOf(asked: Asked): JobFilter {
  const status = STATUSES.find((known) => known === asked.status);
  const outcome = OUTCOMES.find((known) => known === asked.outcome);
  const [from, to] = [midnight(asked.from, 0), midnight(asked.to, 1)];
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

/** The beginning of a day, or of one so many days later. */
function midnight(day: string, later: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (year === undefined || month === undefined || date === undefined) return null;
  return new Date(Number(year), Number(month) - 1, Number(date) + later).toISOString();
}
