import type { Schedule } from "./overview.query";

export interface NextFiring {
  schedule: Pick<Schedule, "id" | "name" | "template" | "zone">;
  at: string;
  note: string | null;
}

/** The next moments of all schedules together, soonest first. What is paused fires nothing. */
export function nextFirings(schedules: readonly Schedule[], most: number): NextFiring[] {
  return schedules
    .filter(({ paused }) => !paused)
    .flatMap((schedule) => schedule.upcoming.map(({ at, note }) => ({ schedule, at, note })))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .slice(0, most);
}
