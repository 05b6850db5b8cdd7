import { expect, it } from "vitest";
import { askedOf, filterOf, isNarrowed } from "./jobFilter";

const asked = (search: string) => askedOf(new URLSearchParams(search));

it("the address says which jobs", () => {
  expect(filterOf(asked("status=HELD&outcome=FAILED&template=patch&by=user%3Aann&q=+web+"), "UTC")).toEqual({
    status: ["HELD"],
    outcome: ["FAILED"],
    template: "patch",
    requestedBy: "user:ann",
    search: "web",
  });
});

it("the last day is one of the days", () => {
  const { createdFrom, createdTo } = filterOf(asked("from=2026-11-23&to=2026-11-23"), "UTC");
  expect(new Date(String(createdTo)).getTime() - new Date(String(createdFrom)).getTime()).toBe(24 * 3_600_000);
});

it("what is no choice says nothing", () => {
  expect(filterOf(asked("status=NEW&from=yesterday"), "UTC")).toEqual({});
  expect([isNarrowed(asked("")), isNarrowed(asked("q=x"))]).toEqual([false, true]);
});

it("days are those of the zone in the address, otherwise of the clock that is looked at", () => {
  const from = (search: string, own: string) => filterOf(asked(search), own).createdFrom;
  expect(from("from=2026-11-23", "UTC")).toBe("2026-11-23T00:00:00.000Z");
  expect(from("from=2026-11-23", "Asia/Shanghai")).toBe("2026-11-22T16:00:00.000Z");
  expect(from("from=2026-11-23&zone=UTC", "Asia/Shanghai")).toBe("2026-11-23T00:00:00.000Z");
  expect(from("from=2026-11-23&zone=Nowhere", "UTC")).toBe("2026-11-23T00:00:00.000Z");
});
