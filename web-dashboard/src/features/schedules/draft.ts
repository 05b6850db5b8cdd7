/* What stands in the form while it is filled in, and what the API is asked for then. */
import type { Enum } from "../../api/graphql";
import { type Parameter, valuesOf } from "../../rollout/parameters";
import { typed } from "../../typed";
import type { Schedule } from "./schedules.query";

export interface Draft {
  name: string;
  template: string;
  /** A selector; empty leaves the hosts to the template. */
  targets: string;
  /** What is typed for each parameter. */
  parameters: Readonly<Record<string, string>>;
  cron: string;
  zone: string;
  missed: Enum<"Missed">;
  missedMax: string;
  overlap: Enum<"Overlap">;
  /** In minutes; empty is none. */
  deadline: string;
}

const MINUTE = 60_000;

export function emptyDraft(zone: string): Draft {
  return {
    name: "",
    template: "",
    targets: "",
    parameters: {},
    cron: "30 2 * * *",
    zone,
    missed: "ONCE",
    missedMax: "10",
    overlap: "FORBID",
    deadline: "",
  };
}

export function draftOf(schedule: Schedule): Draft {
  const parameters = (schedule.parameters ?? {}) as Record<string, unknown>;
  return {
    name: schedule.name,
    template: schedule.template,
    targets: schedule.targets ?? "",
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typed(value)])),
    cron: schedule.cron,
    zone: schedule.zone,
    missed: schedule.missed,
    missedMax: String(schedule.missedMax ?? 10),
    overlap: schedule.overlap,
    deadline: schedule.deadline === null ? "" : String(schedule.deadline / MINUTE),
  };
}

/** What the API is given; `taken` is what the template takes. What it no longer takes is left out. */
export function inputOf(draft: Draft, taken: readonly Parameter[]) {
  return {
    name: draft.name.trim(),
    template: draft.template,
    targets: draft.targets.trim() === "" ? null : draft.targets.trim(),
    parameters: valuesOf(taken, (name) => draft.parameters[name] ?? ""),
    cron: draft.cron.trim(),
    zone: draft.zone.trim(),
    missed: draft.missed,
    missedMax: draft.missed === "ALL" ? Number(draft.missedMax) : null,
    overlap: draft.overlap,
    deadline: draft.deadline.trim() === "" ? null : Math.round(Number(draft.deadline) * MINUTE),
  };
}
