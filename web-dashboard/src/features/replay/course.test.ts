import { expect, it } from "vitest";
import { areaOf, markBy, markTone, neighbours, shareAt, shownFailed, ticksOf, usualSpeed } from "./course";
import type { History, Mark } from "./replay.query";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 8, 0, seconds)).toISOString();
const mark = (position: number, seconds: number): Mark => ({ position, at: at(seconds), kind: "BATCH_OPENED", batch: 1, sentence: { key: "BATCH_OPENED", values: { batch: 1 }, text: "" } });

const HISTORY: History = {
  firstPosition: 10,
  lastPosition: 90,
  from: at(0),
  to: at(100),
  buckets: [25, 50, 75, 100].map((seconds, nth) => ({ until: at(seconds), position: 10 + nth, settled: nth * 10, failed: nth, running: 5 })),
  marks: [mark(10, 0), mark(40, 50), mark(90, 100)],
};

it("lays moments out by time, and none beyond the job", () => {
  expect([0, 25, 100, 500].map((seconds) => shareAt(HISTORY, at(seconds)))).toEqual([0, 0.25, 1, 1]);
  expect(shareAt({ ...HISTORY, to: HISTORY.from }, at(0))).toBe(1);
});

it("draws areas as high as their share of the hosts, and marks where they were", () => {
  expect(areaOf(HISTORY, 60, ({ settled }) => settled)).toBe("M0 100L250.00 100.00L500.00 83.33L750.00 66.67L1000.00 50.00L1000 100Z");
  expect(ticksOf(HISTORY, HISTORY.marks.slice(1))).toBe("M500.00 0V100M1000.00 0V100");
});

it("shows a single failure among ten thousand hosts", () => {
  expect([0, 1, 900].map((failed) => shownFailed(failed, 10_000))).toEqual([0, 400, 900]);
});

it("leads from one milestone to the next, and beyond none", () => {
  const { marks } = HISTORY;
  expect([markBy(marks, 5), markBy(marks, 10), markBy(marks, 89)]).toEqual([-1, 0, 1]);
  expect(neighbours(marks, 40)).toEqual({ before: marks[0], after: marks[2] });
  expect(neighbours(marks, 10).before).toBeUndefined();
  expect(neighbours(marks, 95)).toEqual({ before: marks[2], after: undefined });
});

it("plays short jobs as they were and long ones faster", () => {
  const lasting = (seconds: number) => usualSpeed({ ...HISTORY, to: at(seconds) });
  expect([60, 600, 3_600, 36_000, 900_000].map(lasting)).toEqual([1, 10, 60, 600, 600]);
});

it("marks the end of a job by how it ended", () => {
  const ended = (outcome: string): Mark => ({ ...mark(90, 100), kind: "FINISHED", sentence: { key: "JOB_FINISHED", values: { outcome: { key: outcome, values: {}, text: "" } }, text: "" } });
  expect(["JOB_SUCCEEDED", "JOB_FAILED", "JOB_WAS_KILLED"].map((outcome) => markTone(ended(outcome)))).toEqual(["done", "failed", "cancelled"]);
  expect(markTone(mark(10, 0))).toBe("running");
});
