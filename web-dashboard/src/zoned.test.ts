import { describe, expect, it } from "vitest";
import { dayAt, dayFrom, dayText, daysFrom, hoursIn, hoursOf, isZone, monthOf, plusMonths, startOfDay, weekOf } from "./zoned";

const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
const day = (text: string) => dayFrom(text) ?? { year: 0, month: 1, day: 1 };

describe("a day in a zone", () => {
  it.each([
    ["2026-11-28", "UTC", "2026-11-28T00:00", 24],
    ["2026-11-28", "Asia/Shanghai", "2026-11-27T16:00", 24],
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00", 23],
    ["2026-10-25", "Europe/Berlin", "2026-10-24T22:00", 25],
    ["2026-11-01", "America/New_York", "2026-11-01T04:00", 25],
    ["2026-10-04", "Australia/Lord_Howe", "2026-10-03T13:30", 23.5],
    ["2026-06-01", "Pacific/Kiritimati", "2026-05-31T10:00", 24],
    ["2026-06-01", "Pacific/Pago_Pago", "2026-06-01T11:00", 24],
  ])("%s in %s begins at %s and has %d hours", (text, zone, start, hours) => {
    const [found] = daysFrom(day(text), 1, zone);
    expect(found && [iso(found.start), hoursIn(found)]).toEqual([start, hours]);
  });

  it("begins with the change where midnight is left out", () => {
    // Clocks in Beirut go from 00:00 to 01:00.
    expect(iso(startOfDay(day("2026-03-29"), "Asia/Beirut"))).toBe("2026-03-28T22:00");
  });

  it("is the one the clocks show", () => {
    const late = Date.UTC(2026, 10, 28, 23, 30);
    expect(dayText(dayAt(late, "UTC"))).toBe("2026-11-28");
    expect(dayText(dayAt(late, "Asia/Shanghai"))).toBe("2026-11-29");
  });

  it("has the hours its clocks show", () => {
    const [spring, autumn] = ["2026-03-29", "2026-10-25"].map((text) => daysFrom(day(text), 1, "Europe/Berlin")[0]);
    const shown = (found = spring) => (found === undefined ? [] : hoursOf(found, "Europe/Berlin").slice(0, 5).map(({ hour }) => hour));
    expect(shown()).toEqual([0, 1, 3, 4, 5]);
    expect(shown(autumn)).toEqual([0, 1, 2, 2, 3]);
  });
});

describe("weeks and months", () => {
  it("begin on Monday", () => {
    expect(weekOf(day("2026-11-29"), "UTC").map(dayText)).toEqual([23, 24, 25, 26, 27, 28, 29].map((at) => `2026-11-${at}`));
    const month = monthOf(day("2026-11-28"), "UTC").map(dayText);
    expect([month[0], month.at(-1), month.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
    expect(monthOf(day("2027-02-10"), "UTC")).toHaveLength(28);
  });

  it("end with the last day of a shorter month", () => {
    expect(dayText(plusMonths(day("2026-01-31"), 1))).toBe("2026-02-28");
    expect(dayText(plusMonths(day("2026-01-31"), -2))).toBe("2025-11-30");
    expect(dayText(plusMonths(day("2026-12-15"), 1))).toBe("2027-01-15");
  });
});

it("takes no day and no zone that there is not", () => {
  expect(["2026-02-30", "2026-2-1", "today", ""].map(dayFrom)).toEqual([null, null, null, null]);
  expect([isZone("Europe/Berlin"), isZone("Europe/Atlantis")]).toEqual([true, false]);
});
