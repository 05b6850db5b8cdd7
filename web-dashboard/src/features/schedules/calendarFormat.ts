import { useMemo } from "react";
import { LOCALE } from "../../i18n";
import { useLanguage } from "../../preferences";
import type { Day } from "../../zoned";

/** How moments and days are written on a calendar of one zone. */
export interface CalendarFormat {
  /** `02:30`. */
  time(at: string | number): string;
  /** `Wed 25 Nov`. */
  day(day: Day): string;
  /** `Wednesday, 25 November 2026`. */
  wholeDay(day: Day): string;
  /** `Wed`. */
  weekday(day: Day): string;
  /** `Wed 25 Nov, 02:30`, with the year where it is another. */
  moment(at: string | number): string;
  month(day: Day): string;
  range(first: Day, last: Day): string;
}

export function makeCalendarFormat(locale: string, zone: string): CalendarFormat {
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const time = of({ timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const moment = of({ timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const year = of({ timeZone: zone, year: "numeric" });
  const momentOfYear = of({ timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  // Days are days in no zone.
  const day = of({ timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
  const wholeDay = of({ timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const weekday = of({ timeZone: "UTC", weekday: "short" });
  const month = of({ timeZone: "UTC", month: "long", year: "numeric" });
  const range = of({ timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
  const noon = ({ year, month, day }: Day) => Date.UTC(year, month - 1, day, 12);
  return {
    time: (at) => time.format(new Date(at)),
    moment: (at) => (year.format(new Date(at)) === year.format(new Date()) ? moment : momentOfYear).format(new Date(at)),
    day: (at) => day.format(noon(at)),
    wholeDay: (at) => wholeDay.format(noon(at)),
    weekday: (at) => weekday.format(noon(at)),
    month: (at) => month.format(noon(at)),
    range: (first, last) => range.formatRange(noon(first), noon(last)),
  };
}

export function useCalendarFormat(zone: string): CalendarFormat {
  const language = useLanguage();
  return useMemo(() => makeCalendarFormat(LOCALE[language], zone), [language, zone]);
}
