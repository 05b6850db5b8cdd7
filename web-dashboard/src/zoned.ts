/* Days and hours on the clocks of a time zone, by what `Intl` knows of it. */

/** A day of the calendar, in no zone. */
export interface Day {
  year: number;
  /** From 1. */
  month: number;
  day: number;
}

/** A day on the clocks of a zone: 23, 24 or 25 hours long. */
export interface ZonedDay extends Day {
  /** Its first moment, and that of the day after it, in milliseconds. */
  start: number;
  end: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  clocks.set(zone, clock);
  return clock;
}

export function isZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone show at a moment, as if it were UTC. */
function shown(at: number, zone: string): number {
  const parts = Object.fromEntries(clockOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The first moment at which the clocks of a zone show this day. */
export function startOfDay({ year, month, day }: Day, zone: string): number {
  const wall = Date.UTC(year, month - 1, day);
  // Zones are at most a day away from UTC; a second look settles those that change in between.
  const [one, other] = [wall - (shown(wall - DAY, zone) - (wall - DAY)), wall - (shown(wall + DAY, zone) - (wall + DAY))];
  const fits = [Math.min(one, other), Math.max(one, other)].find((at) => shown(at, zone) === wall);
  // Where midnight is left out, the day begins with the change.
  return fits ?? firstNotBefore(wall, Math.min(one, other), Math.max(one, other), zone);
}

function firstNotBefore(wall: number, from: number, until: number, zone: string): number {
  let [before, after] = [from - HOUR, until + HOUR];
  while (after - before > 1_000) {
    const middle = Math.floor((before + after) / 2_000) * 1_000;
    if (shown(middle, zone) < wall) before = middle;
    else after = middle;
  }
  return after;
}

/** The day that the clocks of a zone show at a moment. */
export function dayAt(at: number, zone: string): Day {
  const wall = new Date(shown(at, zone));
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
}

/** The first moment of a day that a text names, or of one so many days later; `null` where it names none. */
export function momentOf(text: string, zone: string, later = 0): string | null {
  const day = dayFrom(text);
  return day === null ? null : new Date(startOfDay(plusDays(day, later), zone)).toISOString();
}

/** So many days later. */
export function plusDays({ year, month, day }: Day, days: number): Day {
  const moved = new Date(Date.UTC(year, month - 1, day + days));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

/** The same day of another month, or its last one. */
export function plusMonths({ year, month, day }: Day, months: number): Day {
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return plusDays({ year, month: month + months, day: Math.min(day, last) }, 0);
}

/** 0 is Monday. */
export function weekday({ year, month, day }: Day): number {
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}

/** Days in a row on the clocks of a zone. */
export function daysFrom(first: Day, count: number, zone: string): ZonedDay[] {
  return Array.from({ length: count }, (_, at) => {
    const day = plusDays(first, at);
    return { ...day, start: startOfDay(day, zone), end: startOfDay(plusDays(day, 1), zone) };
  });
}

/** The week of a day, from Monday. */
export function weekOf(day: Day, zone: string): ZonedDay[] {
  return daysFrom(plusDays(day, -weekday(day)), 7, zone);
}

/** The weeks that show the month of a day, from Monday. */
export function monthOf(day: Day, zone: string): ZonedDay[] {
  const first = { ...day, day: 1 };
  const last = plusDays(plusMonths(first, 1), -1);
  const before = weekday(first);
  return daysFrom(plusDays(first, -before), before + last.day + (6 - weekday(last)), zone);
}

export function isSameDay(one: Day, other: Day): boolean {
  return one.year === other.year && one.month === other.month && one.day === other.day;
}

/** `2026-11-28`, as it stands in addresses. */
export function dayText({ year, month, day }: Day): string {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** A day from an address; `null` where the text is none. */
export function dayFrom(text: string): Day | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (found === null) return null;
  const [year, month, day] = found.slice(1).map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const read = plusDays({ year, month, day }, 0);
  return isSameDay(read, { year, month, day }) ? read : null;
}

/** The hours of a day: when each begins, and what the clocks show then. A change of the clocks leaves one out or shows it twice. */
export function hoursOf({ start, end }: ZonedDay, zone: string): { at: number; hour: number }[] {
  return Array.from({ length: Math.round((end - start) / HOUR) }, (_, place) => {
    const at = start + place * HOUR;
    return { at, hour: new Date(shown(at, zone)).getUTCHours() };
  });
}

/** How long a day is, in hours. */
export const hoursIn = ({ start, end }: ZonedDay) => (end - start) / HOUR;
