import { expect, it } from "vitest";
import { sieveOf, sieveText, toneOf } from "./reason";

it("is read back from the address as it was written", () => {
  for (const sieve of [
    { reason: null, outcome: null },
    { reason: "NEVER", outcome: null },
    { reason: "FAILED", outcome: "LOST" },
    { reason: "FAILED", outcome: null },
  ] as const) {
    expect(sieveOf(sieveText(sieve))).toEqual(sieve);
  }
  expect(sieveText({ reason: "TAKEN_OVER", outcome: "STEP_FAILED" })).toBe("TAKEN_OVER");
  expect(sieveOf("NOTHING.KNOWN")).toEqual({ reason: null, outcome: null });
});

it("has the tone of how hosts failed", () => {
  expect([toneOf("FAILED", "LOST"), toneOf("FAILED", null), toneOf("TAKEN_OVER", "STEP_FAILED")]).toEqual(["lost", "failed", "cancelled"]);
});
