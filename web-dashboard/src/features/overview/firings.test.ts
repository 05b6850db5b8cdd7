import { expect, it } from "vitest";
import { nextFirings } from "./firings";
import type { Schedule } from "./overview.query";

function schedule(name: string, at: string[], paused = false): Schedule {
  const upcoming = at.map((at) => ({ at, sentence: null }));
  return { id: name, name, template: "patch-server", zone: "UTC", paused, queued: null, upcoming };
}

it("puts the next moments of all schedules in their order, without those that are paused", () => {
  const schedules = [
    schedule("weekly", ["2026-11-28T04:00:00.000Z", "2026-12-05T04:00:00.000Z"]),
    schedule("nightly", ["2026-11-24T02:00:00.000Z", "2026-11-25T02:00:00.000Z"]),
    schedule("off", ["2026-11-23T12:00:00.000Z"], true),
  ];
  const next = nextFirings(schedules, 3).map(({ schedule, at }) => `${schedule.name} ${at.slice(0, 10)}`);
  expect(next).toEqual(["nightly 2026-11-24", "nightly 2026-11-25", "weekly 2026-11-28"]);
  expect(nextFirings([], 3)).toEqual([]);
});
