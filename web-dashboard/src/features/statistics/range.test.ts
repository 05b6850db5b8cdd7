import { expect, it } from "vitest";
import { type Asked, noonOf, rangeOf } from "./range";

const NOW = Date.parse("2026-11-28T19:00:00Z");
const of = (asked: Partial<Asked>) => rangeOf({ days: "", from: "", to: "", by: "", ...asked }, NOW, noonOf("UTC"));

it("goes back thirty days, or as many as the address says", () => {
  expect(of({})).toMatchObject({ from: "2026-10-30T19:00:00.000Z", to: "2026-11-28T19:00:00.001Z", by: "DAY", days: "30" });
  expect(of({ days: "7" })).toMatchObject({ from: "2026-11-22T19:00:00.000Z", days: "7" });
  expect(of({ days: "1000000" })).toMatchObject({ days: "30" });
});

it("takes two dates before the days, whole ones and in their order only", () => {
  const dates = { from: "2026-03-01", to: "2026-03-02", days: "7" };
  expect(of(dates)).toMatchObject({ from: "2026-03-01T12:00:00.000Z", to: "2026-03-02T12:00:00.001Z", days: null, by: "HOUR" });
  expect(of({ ...dates, to: "2026-02-01" }).days).toBe("7");
  expect(of({ ...dates, to: "yesterday" }).days).toBe("7");
});

it("offers the periods that are few enough, and takes no other from the address", () => {
  expect(of({ days: "7" }).choices).toEqual(["HOUR", "DAY", "WEEK"]);
  expect(of({ days: "90", by: "HOUR" })).toMatchObject({ choices: ["DAY", "WEEK"], by: "DAY" });
  expect(of({ days: "90", by: "WEEK" }).by).toBe("WEEK");
  expect(of({ from: "2020-01-01", to: "2026-01-01" })).toMatchObject({ choices: ["WEEK"], by: "WEEK" });
});
