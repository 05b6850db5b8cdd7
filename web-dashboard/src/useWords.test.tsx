import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { actions } from "./testing/job";
import { type Hold, useWords } from "./useWords";

const words = () => renderHook(useWords).result.current;
const breach = (threshold: string, parameters: unknown): Hold => ({ kind: "BREACH", text: "in the server’s words", threshold, parameters });

describe("why a job is held", () => {
  it.each<[string, unknown, string]>([
    ["canaryFailed", { failed: 2, of: 3, allowed: 0 }, "2 of 3 in the canary failed, at most 0 may"],
    ["batchFailed", { failed: 4, of: 30, allowed: { share: 1_000 } }, "4 of 30 in the batch failed, at most 10% may"],
    ["batchFailed", { failed: 4, of: 30, allowed: { hosts: 3 } }, "4 of 30 in the batch failed, at most 3 may"],
    ["totalShare", { failed: 12, finished: 1_200, allowed: 50 }, "12 of 1,200 finished hosts failed, at most 0.5% may"],
    ["sameError", { error: "E: no lock", hosts: 3, limit: 3 }, "the same error on 3 hosts, the limit is 3: E: no lock"],
    ["somethingNew", { x: 1 }, "in the server’s words"],
  ])("%s", (threshold, parameters, said) => expect(words().hold(breach(threshold, parameters))).toBe(said));

  it("by a person, with and without a reason", () => {
    const held = (reason: string): Hold => ({ kind: "PERSON", text: "", threshold: null, parameters: { by: "user:ann", reason } });
    expect(words().hold(held("disks"))).toBe("by user:ann: disks");
    expect(words().hold(held(""))).toBe("by user:ann");
  });
});

it("what a job waits for has its numbers, and one host is one host", () => {
  const waiting = (hosts: number) => words().waiting({ kind: "HOSTS", text: "", numbers: { hosts } });
  expect([waiting(1), waiting(1_200)]).toEqual(["1 host", "1,200 hosts"]);
  expect(words().waiting({ kind: "START", text: "", numbers: {} })).toBe("nothing was changed yet");
});

it("why something cannot be asked is said, and nothing where it can", () => {
  const [hold, ...others] = actions(["HOLD"]);
  expect(words().whyNot(actions(["HOLD"]), "HOLD")).toBeNull();
  expect(words().whyNot(actions([]), "RETRY")).toBe("no RETRY now");
  if (hold === undefined) throw new Error("no actions");
  expect(words().whyNot([{ ...hold, action: "KILL", allowed: false, why: "ENDED" }, ...others], "KILL")).toBe("It has ended.");
  expect(words().whyNot([], "KILL")).toBe("Not possible now");
});
