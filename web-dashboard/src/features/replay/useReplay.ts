import { useAnswer } from "../../api/useAnswer";
import { type Replayed, ReplayQuery } from "./replay.query";

/** How often the history of a job is read again; one that has finished may be retried. */
const FRESH_EVERY = 15_000;

export interface Replay {
  /** The job with its history; `undefined` until it is read, `null` where there is none. */
  job: Replayed | null | undefined;
  error: string | null;
}

/** What the slider stands on. It grows while the job does. */
export function useReplay(ulid: string): Replay {
  const { data, stale, error } = useAnswer(ReplayQuery, { job: ulid }, { every: FRESH_EVERY });
  return { job: data === null || stale ? undefined : data.job, error };
}
