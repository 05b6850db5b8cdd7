import { expect, it } from "vitest";
import { askedOf, filterOf, isNarrowed } from "./jobFilter";

const asked = (search: string) => askedOf(new URLSearchParams(search));

it("the address says which jobs", () => {
  expect(filterOf(asked("status=HELD&outcome=FAILED&template=patch&by=user%3Aann&q=+web+"))).toEqual({
    status: ["HELD"],
    outcome: ["FAILED"],
    template: "patch",
    requestedBy: "user:ann",
    search: "web",
  });
});

it("the last day is one of the days", () => {
  const { createdFrom, createdTo } = filterOf(asked("from=2026-11-23&to=2026-11-23"));
  expect(new Date(String(createdTo)).getTime() - new Date(String(createdFrom)).getTime()).toBe(24 * 3_600_000);
});

it("what is no choice says nothing", () => {
  expect(filterOf(asked("status=NEW&from=yesterday"))).toEqual({});
  expect([isNarrowed(asked("")), isNarrowed(asked("q=x"))]).toEqual([false, true]);
});
