import { describe, expect, it } from "vitest";
import { batch, job, NO_COUNTS } from "../../../testing/job";
import { effectsOf, retryable } from "./action";

const counts = {
  ...NO_COUNTS,
  hosts: 300,
  failed: 3,
  outOfService: 2,
  needingAPerson: 4,
  byStatus: { waiting: 101, deferred: 5, running: 30, inDoubt: 1 },
  byOutcome: { ...NO_COUNTS.byOutcome, succeeded: 160, stepFailed: 2, lost: 1 },
};
const given = job({ counts, batches: [batch({ number: 1, size: 1 }), batch({ number: 2, size: 15 })] });
const said = (kind: Parameters<typeof effectsOf>[0]) => effectsOf(kind, given).map(({ name, hosts }) => `${hosts} ${name}`);

describe("what an action will do", () => {
  it("is said with the server's counts", () => {
    expect(said({ kind: "START" })).toEqual(["300 startWaiting"]);
    expect(said({ kind: "HOLD" })).toEqual(["30 holdRunning", "101 holdWaiting", "5 holdWaiting"]);
    expect(said({ kind: "RESUME" })).toEqual(["101 resumeWaiting", "5 resumeWaiting", "3 resumeFailed"]);
    expect(said({ kind: "DRAIN" })).toEqual(["30 stopRunning", "101 drainWaiting", "5 drainWaiting"]);
    expect(said({ kind: "CANCEL" })).toEqual(["30 stopRunning", "101 neverStarted", "5 neverStarted", "2 staysOut"]);
    expect(said({ kind: "KILL" })).toEqual(["30 killRunning", "101 neverStarted", "5 neverStarted", "2 staysOut"]);
    expect(said({ kind: "ACCEPT" })).toEqual(["4 accepted"]);
    expect(said({ kind: "ACCEPT", which: { hosts: ["web-1"] }, count: 1 })).toEqual(["1 accepted"]);
    expect(said({ kind: "RETRY", which: { hosts: ["web-[1,2]"] }, count: 2 })).toEqual(["2 retried"]);
  });

  it("names the batch that opens after the one that asks", () => {
    expect(said({ kind: "APPROVE", batch: 1, planHash: "x" })).toEqual(["15 approved"]);
  });

  it("leaves out what touches nobody", () => {
    expect(effectsOf({ kind: "HOLD" }, job({ counts: NO_COUNTS }))).toEqual([]);
  });
});

it("hosts can be retried by how they ended, where any ended so", () => {
  expect(retryable(counts)).toEqual([
    { outcome: "STEP_FAILED", hosts: 2 },
    { outcome: "LOST", hosts: 1 },
  ]);
});
