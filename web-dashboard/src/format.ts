/* How numbers, lengths of time and moments are written. The server tells them; here they only get their letters. */

/** Writes values for one language and one time zone. */
export interface Format {
  number(value: number): string;
  /** A figure that moves: one digit after the point while it is small. */
  rate(value: number): string;
  /** A length of time as an operator reads it: `840 ms`, `12.4 s`, `3 m 05 s`, `2 h 10 m`. */
  length(milliseconds: number): string;
  /** A moment on the clock, with the day where it is not today, and with the year where it is another. */
  moment(at: string): string;
  /** A moment in full, for hovering. */
  exact(at: string): string;
  /** How far away a moment is: `in 3 minutes`, `2 hours ago`. */
  away(at: string, now: number): string;
  bytes(value: number): string;
  /** A share that is told in hundredths of a percent. */
  share(basisPoints: number): string;
  readonly zone: string;
}

/** What the units of time are called. */
export type Units = Record<"ms" | "s" | "m" | "h" | "d", string>;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function makeFormat(locale: string, zone: string, units: Units): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const clock = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short" });
  const year = new Intl.DateTimeFormat(locale, { timeZone: zone, year: "numeric" });
  const dayOfYear = new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric" });
  const exact = new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "long", hourCycle: "h23" });
  const bytes = byteFormats(locale);
  return {
    zone,
    number: (value) => whole.format(value),
    rate: (value) => (value < 10 ? fine : whole).format(value),
    length: (milliseconds) => length(milliseconds, fine, units),
    moment(at) {
      const [date, now] = [new Date(at), new Date()];
      if (year.format(date) !== year.format(now)) return `${dayOfYear.format(date)} ${clock.format(date)}`;
      return day.format(date) === day.format(now) ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
    },
    exact: (at) => exact.format(new Date(at)),
    away: (at, now) => away(new Date(at).getTime() - now, relative),
    bytes: (value) => bytes(value),
    share: (basisPoints) => percent.format(basisPoints / 10_000),
  };
}

/** Rounded before the unit is chosen: 59,999 ms are a minute, and not 60 seconds. */
function length(milliseconds: number, fine: Intl.NumberFormat, units: Units): string {
  const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    `${large} ${largeUnit} ${String(small).padStart(2, "0")} ${smallUnit}`;
  const whole = Math.round(milliseconds);
  if (whole < SECOND) return `${whole} ${units.ms}`;
  const tenths = Math.round(milliseconds / (SECOND / 10));
  if (tenths < 600) return `${fine.format(tenths / 10)} ${units.s}`;
  const seconds = Math.round(milliseconds / SECOND);
  if (seconds < 3_600) return two(Math.floor(seconds / 60), units.m, seconds % 60, units.s);
  const minutes = Math.round(milliseconds / MINUTE);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), units.h, minutes % 60, units.m);
  const hours = Math.round(milliseconds / HOUR);
  return two(Math.floor(hours / 24), units.d, hours % 24, units.h);
}

function away(milliseconds: number, relative: Intl.RelativeTimeFormat): string {
  const size = Math.abs(milliseconds);
  const sign = Math.sign(milliseconds);
  const many = (unit: number) => Math.round(size / unit);
  if (many(SECOND) < 60) return relative.format(sign * many(SECOND), "second");
  if (many(MINUTE) < 60) return relative.format(sign * many(MINUTE), "minute");
  if (many(HOUR) < 24) return relative.format(sign * many(HOUR), "hour");
  return relative.format(sign * many(DAY), "day");
}

function byteFormats(locale: string): (value: number) => string {
  const of = (unit: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 });
  const [byte, kilobyte, megabyte] = [of("byte"), of("kilobyte"), of("megabyte")];
  return (value) => {
    if (value < 1_000) return byte.format(value);
    return value < 1_000_000 ? kilobyte.format(value / 1_000) : megabyte.format(value / 1_000_000);
  };
}

/** A countdown as on a clock: `4:05`, `1:02:09`. Never below zero. */
export function countdown(until: string, now: number): string {
  const seconds = Math.max(0, Math.ceil((new Date(until).getTime() - now) / SECOND));
  const pad = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}
