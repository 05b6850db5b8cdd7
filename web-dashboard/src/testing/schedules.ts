import type { Occurrence, Schedule } from "../features/schedules/schedules.query";

export function occurrence(given: Partial<Occurrence> = {}): Occurrence {
  return {
    schedule: { id: "schedule:1", name: "nightly", template: "patch-server", zone: "Europe/Berlin" },
    at: "2026-11-24T14:00:00.000Z",
    fate: "EXPECTED",
    why: null,
    sentence: null,
    answeredAt: null,
    hosts: 40,
    job: null,
    prediction: null,
    predictedFrom: null,
    collisions: [],
    colliding: 0,
    ...given,
  };
}

export function schedule(given: Partial<Schedule> = {}): Schedule {
  const next = [{ at: "2026-11-25T01:30:00.000Z", sentence: null }];
  return {
    id: "schedule:1",
    name: "nightly",
    template: "patch-server",
    cron: "30 2 * * *",
    zone: "Europe/Berlin",
    paused: false,
    queued: null,
    lastJob: null,
    upcoming: next,
    parameters: {},
    targets: "role=db",
    missed: "ONCE",
    missedMax: null,
    overlap: "FORBID",
    deadline: null,
    version: 1,
    createdBy: "user:alice",
    pause: null,
    next,
    ...given,
  };
}
