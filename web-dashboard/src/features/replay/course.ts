/* Where things lie on the slider. It is as long as the job was: the same distance is the same time. */
import { endingTone } from "../../events/eventTone";
import type { Tone } from "../../ui/tone";
import type { History, Mark } from "./replay.query";

/** The picture behind the slider is drawn in a box of this size and stretched. */
export const WIDTH = 1_000;
export const HEIGHT = 100;

/** How far along a moment is, from 0 to 1. */
export function shareAt(history: History, at: string): number {
  const [from, to] = [Date.parse(history.from), Date.parse(history.to)];
  return to === from ? 1 : Math.min(Math.max((Date.parse(at) - from) / (to - from), 0), 1);
}

/** An area over the slices as an SVG path; `of` says how many of `most` hosts it is high. */
export function areaOf(history: History, most: number, of: (bucket: History["buckets"][number]) => number): string {
  const height = (value: number) => (HEIGHT - (HEIGHT * value) / Math.max(most, 1)).toFixed(2);
  const points = history.buckets.map((bucket) => `${(shareAt(history, bucket.until) * WIDTH).toFixed(2)} ${height(of(bucket))}`);
  return `M0 ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`;
}

/** Few failures among many hosts are still to be seen. */
const LEAST = 0.04;

/** How high a number of failed hosts is drawn. */
export function shownFailed(failed: number, most: number): number {
  return failed === 0 ? 0 : Math.max(failed, most * LEAST);
}

/** Marks of one tone as one path, however many there are. */
export function ticksOf(history: History, marks: readonly Mark[]): string {
  return marks.map(({ at }) => `M${(shareAt(history, at) * WIDTH).toFixed(2)} 0V${HEIGHT}`).join("");
}

/** What a milestone is to the eye. A new one does not compile until it is in here. */
const MARK_TONE = {
  CREATED: "waiting",
  STARTED: "running",
  BATCH_OPENED: "running",
  GATE_PASSED: "done",
  GATE_HELD: "failed",
  APPROVAL_ASKED: "deferred",
  APPROVED: "running",
  APPROVAL_EXPIRED: "deferred",
  HELD: "deferred",
  RESUMED: "running",
  DRAINING: "deferred",
  CANCELLING: "cancelled",
  KILLED: "failed",
  RETRIED: "running",
  ACCEPTED: "doubt",
  SETTLED: "failed",
  FINISHED: "waiting",
} as const satisfies Record<Mark["kind"], Tone>;

/** The tone of a milestone: how the job ended where it did, otherwise that of its kind. */
export function markTone({ kind, sentence }: Mark): Tone {
  return (kind === "FINISHED" ? endingTone(sentence) : undefined) ?? MARK_TONE[kind];
}

const OF_BATCHES = ["BATCH_OPENED", "GATE_PASSED", "GATE_HELD", "APPROVAL_ASKED", "APPROVED", "APPROVAL_EXPIRED"] as const;

/** Whether a milestone is one of a batch, which its words name. */
export function isOfBatch(kind: Mark["kind"]): kind is (typeof OF_BATCHES)[number] {
  return OF_BATCHES.some((known) => known === kind);
}

/** The last milestone by a position; its place in the list, -1 before the first. */
export function markBy(marks: readonly Mark[], position: number): number {
  return marks.findLastIndex((mark) => mark.position <= position);
}

/** Where the buttons lead: to the milestone before a position, and to the one after it. */
export function neighbours(marks: readonly Mark[], position: number): { before: Mark | undefined; after: Mark | undefined } {
  return { before: marks.findLast((mark) => mark.position < position), after: marks.find((mark) => mark.position > position) };
}

export const SPEEDS = [1, 10, 60, 600] as const;
export type Speed = (typeof SPEEDS)[number];
const PATIENCE = 90_000;

/** The slowest speed at which the whole job is seen in a minute and a half; otherwise the fastest there is. */
export function usualSpeed(history: History): Speed {
  const length = Date.parse(history.to) - Date.parse(history.from);
  return SPEEDS.find((speed) => length / speed <= PATIENCE) ?? SPEEDS[SPEEDS.length - 1] ?? 1;
}
