/* The names of events in groups. The API lists the names; a new one finds its place by what it is about. */
import { isJobEventKind, KINDS_OF } from "../../events/eventKinds";

export const KIND_GROUPS = ["job", "hosts", "schedules", "library", "inventory", "access"] as const;
export type KindGroup = (typeof KIND_GROUPS)[number];

export function groupOf(kind: string): KindGroup {
  if (isJobEventKind(kind)) return KINDS_OF.milestones.includes(kind) ? "job" : "hosts";
  if (kind.startsWith("Schedule")) return "schedules";
  if (/^(Template|Pack|Action)/.test(kind)) return "library";
  return kind.startsWith("Inventory") ? "inventory" : "access";
}

/** The names that a choice stands for: a group, or one name; all of them where nothing is chosen. */
export function kindsOf(chosen: string, known: readonly string[]): readonly string[] | undefined {
  if (chosen === "") return undefined;
  const group = KIND_GROUPS.find((group) => group === chosen);
  return group === undefined ? [chosen] : known.filter((kind) => groupOf(kind) === group);
}
