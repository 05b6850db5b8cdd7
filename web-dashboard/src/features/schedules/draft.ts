/* What stands in the form while it is filled in, and what the API is asked for then. */
import type { Enum } from "../../api/graphql";
import type { Schedule } from "./schedules.query";

export interface Draft {
  name: string;
  template: string;
  /** A selector; empty leaves the hosts to the template. */
  targets: string;
  /** A JSON object, as it is typed. */
  parameters: string;
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
    parameters: "",
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
    parameters: Object.keys(parameters).length === 0 ? "" : JSON.stringify(parameters, null, 2),
    cron: schedule.cron,
    zone: schedule.zone,
    missed: schedule.missed,
    missedMax: String(schedule.missedMax ?? 10),
    overlap: schedule.overlap,
    deadline: schedule.deadline === null ? "" : String(schedule.deadline / MINUTE),
  };
}

/** Why a text is no object of parameters: what the JSON reader says, or nothing where it is one. */
export function parametersProblem(text: string): "notJson" | "noObject" | null {
  if (text.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? null : "noObject";
  } catch {
    return "notJson";
  }
}

export function inputOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    template: draft.template,
    targets: draft.targets.trim() === "" ? null : draft.targets.trim(),
    parameters: draft.parameters.trim() === "" ? {} : (JSON.parse(draft.parameters) as unknown),
    cron: draft.cron.trim(),
    zone: draft.zone.trim(),
    missed: draft.missed,
    missedMax: draft.missed === "ALL" ? Number(draft.missedMax) : null,
    overlap: draft.overlap,
    deadline: draft.deadline.trim() === "" ? null : Math.round(Number(draft.deadline) * MINUTE),
  };
}
