import type { Tone } from "../../../ui/tone";
import type { Grouping } from "../../../rollout/grid/grouping";
import type { GridModel } from "../../../rollout/grid/model";

const TROUBLED: readonly Tone[] = ["failed", "lost", "doubt", "unreachable"];

/** The next host after a place that is in trouble, beginning anew at the end; `null` where none is. */
export function findTroubled(model: GridModel, grouping: Grouping, after: number): number | null {
  for (let ahead = 1; ahead <= model.hosts; ahead += 1) {
    const host = grouping.hostAt((after + ahead + model.hosts) % model.hosts);
    if (TROUBLED.includes(model.tone(host))) return host;
  }
  return null;
}
