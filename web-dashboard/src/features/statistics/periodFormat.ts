import { useMemo } from "react";
import { LOCALE } from "../../i18n";
import { useLanguage } from "../../preferences";
import { useFormat } from "../../useFormat";
import type { By } from "./range";

export interface PeriodFormat {
  /** Under an axis: short. */
  short(at: string): string;
  /** Beside figures: enough to know which. */
  long(from: string, to: string): string;
}

export function makePeriodFormat(locale: string, zone: string, by: By): PeriodFormat {
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
  const day = of({ day: "numeric", month: "short" });
  const hour = of({ hour: "2-digit", minute: "2-digit" });
  const weekdayHour = of({ weekday: "short", hour: "2-digit", minute: "2-digit" });
  const weekday = of({ weekday: "short", day: "numeric", month: "short" });
  const last = (to: string) => new Date(Date.parse(to) - 1);
  return {
    short: (at) => (by === "HOUR" ? weekdayHour : day).format(new Date(at)),
    long(from, to) {
      const begin = new Date(from);
      if (by === "HOUR") return `${weekday.format(begin)}, ${hour.format(begin)}`;
      return by === "DAY" ? weekday.format(begin) : day.formatRange(begin, last(to));
    },
  };
}

export function usePeriodFormat(by: By): PeriodFormat {
  const { zone } = useFormat();
  const language = useLanguage();
  return useMemo(() => makePeriodFormat(LOCALE[language], zone, by), [language, zone, by]);
}
