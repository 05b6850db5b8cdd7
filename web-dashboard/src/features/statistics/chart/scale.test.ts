import { describe, expect, it } from "vitest";
import { lengthTicks, named, runs, ticks } from "./scale";

describe("ticks", () => {
  it("are round, few, and reach the largest value", () => {
    expect(ticks(300)).toEqual([0, 100, 200, 300]);
    expect(ticks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(ticks(10_000)).toEqual([0, 5_000, 10_000]);
    expect(ticks(0.3).at(-1)).toBeCloseTo(0.3);
    expect(ticks(0)).toEqual([0, 1]);
    for (const most of [1, 3, 19, 41, 999, 123_456]) {
      const found = ticks(most);
      expect(found.at(-1)).toBeGreaterThanOrEqual(most);
      expect(found.length).toBeLessThanOrEqual(6);
    }
  });

  it("of lengths are seconds, minutes, hours", () => {
    expect(lengthTicks(50_000)).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
    expect(lengthTicks(3 * 3_600_000)).toEqual([0, 3_600_000, 7_200_000, 10_800_000]);
    expect(lengthTicks(0)).toEqual([0, 1_000]);
    expect(lengthTicks(40 * 86_400_000).at(-1)).toBeGreaterThanOrEqual(40 * 86_400_000);
  });
});

it("names periods evenly, as many as there is room for", () => {
  expect(named(7, 10)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(named(30, 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
  expect(named(0, 8)).toEqual([]);
});

it("breaks a line where there is no value", () => {
  expect(runs([null, 1, 2, null, 0, null])).toEqual([[1, 2], [4]]);
});
