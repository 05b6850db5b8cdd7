import type { Enum } from "../../api/graphql";
import { momentOf } from "../../zoned";

export type By = Enum<"By">;

/** How many days the page goes back, as the address and the buttons say it. */
export const DAYS = ["7", "30", "90"] as const;
export type Days = (typeof DAYS)[number];

/** What the address says about the time that is looked at. Empty where it says nothing. */
export interface Asked {
  days: string;
  from: string;
  to: string;
  by: string;
}

/** The time that is looked at, as the server is asked for it. */
export interface Range {
  from: string;
  to: string;
  by: By;
  /** The lengths of a period that are few enough to be told apart. */
  choices: readonly By[];
  /** Which button it is; `null` for two dates. */
  days: Days | null;
}

const DAY = 86_400_000;
// The server tells 400 periods apart, and widens the range to whole ones.
const MOST_DAYS = { HOUR: 15, DAY: 390, WEEK: 2_700 } as const satisfies Record<By, number>;
const PERIODS = Object.keys(MOST_DAYS) as By[];

/** The range an address means. A day is one of the clocks of the viewer's zone, which `noon` tells a moment of. */
export function rangeOf(asked: Asked, now: number, noon: (day: string) => string): Range {
  const dates = isDay(asked.from) && isDay(asked.to) && asked.from <= asked.to;
  const days = DAYS.find((days) => days === asked.days) ?? "30";
  const to = dates ? noon(asked.to) : new Date(now).toISOString();
  const from = dates ? noon(asked.from) : new Date(now - (Number(days) - 1) * DAY).toISOString();
  const length = (Date.parse(to) - Date.parse(from)) / DAY + 1;
  const choices = PERIODS.filter((by) => length <= MOST_DAYS[by]);
  const usual = length <= 2 ? "HOUR" : length <= 190 ? "DAY" : "WEEK";
  const by = choices.find((by) => by === asked.by) ?? choices.find((by) => by === usual) ?? "WEEK";
  return { from, to: new Date(Date.parse(to) + 1).toISOString(), by, choices, days: dates ? null : days };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Noon of a day on the clocks of a zone. */
export const noonOf = (zone: string) => (day: string) => new Date(Date.parse(momentOf(day, zone) ?? day) + DAY / 2).toISOString();
