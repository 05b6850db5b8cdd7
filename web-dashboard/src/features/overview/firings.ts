import type { Said } from "../../useWords";
import type { Schedule } from "./overview.query";

export interface NextFiring {
  schedule: Pick<Schedule, "id" | "name" | "template" | "zone">;
  at: string;
  sentence: Said | null;
}

/** The next moments of all schedules together, soonest first. What is paused fires nothing. */
export function nextFirings(schedules: readonly Schedule[], most: number): NextFiring[] {
  return schedules
    .filter(({ paused }) => !paused)
    .flatMap((schedule) => schedule.upcoming.map(({ at, sentence }) => ({ schedule, at, sentence })))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .slice(0, most);
}
