import type { Job } from "./job.query";

const A_MINUTE = 60_000;

/**
 * How long after the server has stopped to tell of a job it is listened to again: a job that has finished may be retried,
 * one that is archived may not (`null`), and one that goes on was cut off.
 */
export function listenAgainAfter({ status, actions }: Pick<Job, "status" | "actions">): number | null | undefined {
  if (actions.some(({ why }) => why === "ARCHIVED")) return null;
  return status === "FINISHED" ? A_MINUTE : undefined;
}
