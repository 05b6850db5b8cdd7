import { describe, expect, it } from "vitest";
import { occurrence } from "../../testing/schedules";
import { entriesOf, place, sharedHosts, spanOf } from "./layout";
import type { Occurrence } from "./schedules.query";
import { daysFrom } from "../../zoned";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const HOUR = 3_600_000;

const [day, next] = daysFrom({ year: 2026, month: 11, day: 24 }, 2, "UTC") as [ReturnType<typeof daysFrom>[number], ReturnType<typeof daysFrom>[number]];

function lanes(occurrences: readonly Occurrence[]) {
  return place(entriesOf(occurrences, day, NOW), day, 0.5).map(({ top, hours, lane, lanes }) => [top, hours, lane, lanes]);
}

function ahead(at: string, hours: number | null, schedule = at) {
  const prediction = hours === null ? null : { takes: hours * HOUR, earlierJobs: 3 };
  return occurrence({ at: `2026-11-24T${at}:00.000Z`, prediction, schedule: { ...occurrence().schedule, id: schedule } });
}

describe("a block", () => {
  it("is as long as its job took, or is predicted to take", () => {
    const job = { ...occurrence().job, id: "job:1", ulid: "1", status: "FINISHED", outcome: "SUCCEEDED", estimatedEnd: null } as const;
    const took = { ...job, startedAt: "2026-11-24T02:00:05Z", finishedAt: "2026-11-24T03:30:00Z" };
    const past = spanOf(occurrence({ job: took, fate: "FIRED" }), NOW);
    expect([new Date(past.start).toISOString(), new Date(past.end).toISOString()]).toEqual(["2026-11-24T02:00:05.000Z", "2026-11-24T03:30:00.000Z"]);
    expect(spanOf(occurrence({ job: { ...took, finishedAt: null }, fate: "FIRED" }), NOW).end).toBe(NOW);
    expect(lanes([ahead("14:00", 3)])).toEqual([[14, 3, 0, 1]]);
  });

  it("is tall enough to be hit, and never sticks out of its day", () => {
    expect(lanes([ahead("14:00", null)])).toEqual([[14, 0.5, 0, 1]]);
    expect(lanes([ahead("23:50", null)])).toEqual([[23.5, 0.5, 0, 1]]);
    expect(lanes([ahead("22:00", 5)])).toEqual([[22, 2, 0, 1]]);
  });

  it("goes on the day after", () => {
    const [rest] = place(entriesOf([ahead("22:00", 5)], next, NOW), next, 0.5);
    expect([rest?.top, rest?.hours]).toEqual([0, 3]);
    expect(entriesOf([ahead("22:00", 2)], next, NOW)).toEqual([]);
  });

  it("says whether its end is known", () => {
    expect([ahead("14:00", null), ahead("14:00", 1)].map((one) => spanOf(one, NOW).measured)).toEqual([false, true]);
  });
});

describe("blocks that meet", () => {
  it("stand side by side, and only those", () => {
    expect(lanes([ahead("01:00", 2), ahead("02:00", 2), ahead("03:30", 1), ahead("06:00", 1)])).toEqual([
      [1, 2, 0, 2],
      [2, 2, 1, 2],
      [3.5, 1, 0, 2],
      [6, 1, 0, 1],
    ]);
  });

  it("of one moment all have room", () => {
    expect(lanes([ahead("01:00", 1, "a"), ahead("01:00", 1, "b"), ahead("01:00", 1, "c")]).map(([, , lane, lanes]) => [lane, lanes])).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
  });
});

it("makes one block of a schedule that fires often", () => {
  const hours = Array.from({ length: 24 }, (_, hour) => ahead(`${String(hour).padStart(2, "0")}:00`, 0.1, "hourly"));
  const entries = entriesOf([...hours, ahead("05:00", 1, "other")], day, NOW);
  expect(entries.map(({ occurrences }) => occurrences.length)).toEqual([24, 1]);
  expect(entriesOf(hours.slice(0, 6), day, NOW)).toHaveLength(6);
});

it("counts the hosts of the worst collision", () => {
  const collision = (hosts: number) => ({ schedule: { id: "x", name: "x" }, at: "", hosts, waits: true });
  expect(sharedHosts([occurrence({ collisions: [collision(3), collision(12)] }), occurrence()])).toBe(12);
  expect(sharedHosts([occurrence()])).toBe(0);
});
