import type { Job } from "./job.query";

/** How long after the server has stopped to tell of a job it is listened to again: never (`null`) where nothing of it changes any more. */
export function listenAgainAfter({ archived }: Pick<Job, "archived">): number | null | undefined {
  return archived ? null : undefined;
}
