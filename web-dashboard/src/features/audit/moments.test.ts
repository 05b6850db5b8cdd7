import { expect, it } from "vitest";
import { fromField, toField } from "./moments";

it.each([true, false])("gives back the minute that was written (UTC: %s)", (utc) => {
  expect(toField(fromField("2026-11-23T08:15", utc), utc)).toBe("2026-11-23T08:15");
});

it("holds a minute of UTC as it is", () => {
  expect(fromField("2026-11-23T08:15", true)).toBe("2026-11-23T08:15:00.000Z");
});

it("is empty where there is no moment", () => {
  expect([fromField("", true), fromField("yesterday", false), toField("", true), toField("?", false)]).toEqual(["", "", "", ""]);
});
