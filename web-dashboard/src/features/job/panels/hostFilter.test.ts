import { describe, expect, it } from "vitest";
import { filterOf, sieveOf, SIEVES } from "./hostFilter";

describe("the filter of the host list", () => {
  it("is what the address says, and everything where that means nothing", () => {
    expect(sieveOf("failed")).toBe("failed");
    expect(sieveOf("")).toBe("all");
    expect(sieveOf("constructor")).toBe("all");
    expect(filterOf("all", "", "")).toEqual({});
  });

  it("takes the search and the batch along", () => {
    expect(filterOf("person", " web-1 ", "9")).toEqual({ needsAPerson: true, search: "web-1", batch: 9 });
    expect(filterOf("outOfService", "", "x")).toEqual({ outOfService: true });
  });

  it("finds the hosts that the numbers count", () => {
    const { failed, running } = { failed: filterOf("failed", "", ""), running: filterOf("running", "", "") };
    expect(failed).toEqual({ outcome: ["STEP_FAILED", "VERIFICATION_FAILED", "TIMED_OUT", "LOST", "IN_DOUBT"] });
    expect(running).toEqual({ status: ["RUNNING"] });
  });

  it("is another for every sieve", () => {
    expect(new Set(SIEVES.map((sieve) => JSON.stringify(filterOf(sieve, "", "")))).size).toBe(SIEVES.length);
  });
});
