import { useAnswer } from "../../api/useAnswer";
import { FiringsQuery, type Schedule } from "./overview.query";

const FRESH_EVERY = 20_000;

/** So many of one schedule, so that one that fires often does not hide the others. */
const EACH = 2;

interface Schedules {
  /** `null` until they were read. */
  schedules: readonly Schedule[] | null;
  error: string | null;
}

/** All schedules with their next moments, read again now and then: nothing tells when one was changed. */
export function useSchedules(): Schedules {
  const { data, error } = useAnswer(FiringsQuery, { each: EACH }, { every: FRESH_EVERY });
  return { schedules: data?.schedules ?? null, error };
}
