import { describe, expect, it } from "vitest";
import { job, NO_COUNTS } from "../../../testing/job";
import { effectsOf, type Intent, retryable } from "./action";

const counts = {
  ...NO_COUNTS,
  hosts: 300,
  failed: 3,
  outOfService: 2,
  needingAPerson: 4,
  byStatus: { waiting: 101, deferred: 5, running: 30, inDoubt: 1 },
  byOutcome: { ...NO_COUNTS.byOutcome, succeeded: 160, stepFailed: 2, lost: 1 },
};
const given = job({ counts });
const said = (intent: Intent, touched: number | null = null) =>
  effectsOf(intent, given, touched).map(({ name, hosts }) => `${hosts} ${name}`);

describe("what an action will do", () => {
  it("is said with the server's counts", () => {
    expect(said({ kind: "START" })).toEqual(["300 startWaiting"]);
    expect(said({ kind: "HOLD" })).toEqual(["30 holdRunning", "101 holdWaiting", "5 holdWaiting"]);
    expect(said({ kind: "RESUME" })).toEqual(["101 resumeWaiting", "5 resumeWaiting", "3 resumeFailed"]);
    expect(said({ kind: "DRAIN" })).toEqual(["30 stopRunning", "101 drainWaiting", "5 drainWaiting"]);
    expect(said({ kind: "CANCEL" })).toEqual(["30 stopRunning", "101 neverStarted", "5 neverStarted", "2 staysOut"]);
    expect(said({ kind: "KILL" })).toEqual(["30 killRunning", "101 neverStarted", "5 neverStarted", "2 staysOut"]);
  });

  it("is asked of the server where it is about chosen hosts", () => {
    expect(said({ kind: "ACCEPT" }, 4)).toEqual(["4 accepted"]);
    expect(said({ kind: "RETRY", which: { hosts: ["web-1"] } }, 1)).toEqual(["1 retried"]);
    expect(said({ kind: "APPROVE", batch: 1, planHash: "x" }, 15)).toEqual(["15 approved"]);
    expect(said({ kind: "RETRY" })).toEqual([]);
  });

  it("leaves out what touches nobody", () => {
    expect(effectsOf({ kind: "HOLD" }, job({ counts: NO_COUNTS }), 0)).toEqual([]);
  });
});

it("hosts can be retried by how they ended, where any ended so", () => {
  expect(retryable(counts)).toEqual([
    { outcome: "STEP_FAILED", hosts: 2 },
    { outcome: "LOST", hosts: 1 },
  ]);
});
