/* Where the moments of a day stand in its column: as long as their jobs, side by side where they meet. */
import type { Occurrence } from "./schedules.query";
import type { ZonedDay } from "../../zoned";

/** From more than so many moments of one schedule on a day one block is made. */
const MOST_SINGLE = 6;

const HOUR = 3_600_000;

/** A block: one moment, or all of a schedule that fires often on that day. */
export interface Entry {
  occurrences: readonly [Occurrence, ...Occurrence[]];
  /** In milliseconds; not cut at the ends of the day. */
  start: number;
  end: number;
  /** Whether the end is known, or predicted. */
  measured: boolean;
}

export interface Placed extends Entry {
  /** In hours from the beginning of the day. */
  top: number;
  hours: number;
  lane: number;
  lanes: number;
}

/** From when to when a moment takes up time: what its job took, or is predicted to take. */
export function spanOf(occurrence: Occurrence, now: number): { start: number; end: number; measured: boolean } {
  const at = Date.parse(occurrence.at);
  const { job, prediction } = occurrence;
  if (job !== null) {
    const start = job.startedAt === null ? at : Date.parse(job.startedAt);
    const end = job.finishedAt ?? job.estimatedEnd;
    return { start, end: end === null ? Math.max(now, start) : Date.parse(end), measured: true };
  }
  return { start: at, end: at + (prediction?.takes ?? 0), measured: occurrence.fate !== "EXPECTED" || prediction !== null };
}

/** What stands on a day: everything that begins on it, or goes on from the day before. */
export function entriesOf(occurrences: readonly Occurrence[], { start, end }: ZonedDay, now: number): Entry[] {
  const entries: Entry[] = [];
  const often = new Map<string, Occurrence[]>();
  for (const occurrence of occurrences) {
    const at = Date.parse(occurrence.at);
    if (start <= at && at < end) often.set(occurrence.schedule.id, [...(often.get(occurrence.schedule.id) ?? []), occurrence]);
  }
  for (const occurrence of occurrences) {
    const mine = often.get(occurrence.schedule.id) ?? [];
    const span = spanOf(occurrence, now);
    const isHere = span.start < end && (span.end > start || span.start >= start);
    if (!isHere) continue;
    const [first, ...rest] = mine;
    if (first === undefined || mine.length <= MOST_SINGLE || !mine.includes(occurrence)) entries.push({ occurrences: [occurrence], ...span });
    else if (occurrence === first) entries.push(folded([first, ...rest], now));
  }
  return entries;
}

function folded(occurrences: readonly [Occurrence, ...Occurrence[]], now: number): Entry {
  const spans = occurrences.map((occurrence) => spanOf(occurrence, now));
  return { occurrences, start: Math.min(...spans.map(({ start }) => start)), end: Math.max(...spans.map(({ end }) => end)), measured: true };
}

/** Puts the entries of a day into lanes. A block is at least `least` hours tall, so that it can be read and hit. */
export function place(entries: readonly Entry[], day: ZonedDay, least: number): Placed[] {
  const tallest = (day.end - day.start) / HOUR;
  const boxes = entries
    .map((entry) => {
      const from = (Math.max(entry.start, day.start) - day.start) / HOUR;
      const until = (Math.min(entry.end, day.end) - day.start) / HOUR;
      const hours = Math.max(until - from, least);
      return { ...entry, top: Math.min(from, tallest - hours), hours, lane: 0, lanes: 1 };
    })
    .toSorted((a, b) => a.top - b.top || b.hours - a.hours);
  let meeting: Placed[] = [];
  let free: number[] = [];
  for (const box of boxes) {
    if (free.every((end) => end <= box.top)) {
      meeting = [];
      free = [];
    }
    const at = free.findIndex((end) => end <= box.top);
    box.lane = at === -1 ? free.length : at;
    free[box.lane] = box.top + box.hours;
    meeting.push(box);
    for (const other of meeting) other.lanes = free.length;
  }
  return boxes;
}

/** How many hosts will wait because of collisions that one of these moments has. */
export function sharedHosts(occurrences: readonly Occurrence[]): number {
  return Math.max(0, ...occurrences.flatMap(({ collisions }) => collisions.map(({ hosts }) => hosts)));
}
