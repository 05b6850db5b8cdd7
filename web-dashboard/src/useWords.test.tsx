import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { actions } from "./testing/job";
import { type Hold, type Said, useWords } from "./useWords";

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

describe("sentences", () => {
  it("are said with the values they came with, one being one", () => {
    const hosts = (count: number) => words().said({ key: "HOSTS", values: { count }, text: "" });
    expect([hosts(1), hosts(1_200)]).toEqual(["1 host", "1,200 hosts"]);
  });

  it("hold others, lengths of time, moments and shares, each written as everywhere else", () => {
    const ending = { key: "ATTEMPT_FAILED", values: { code: 100 }, text: "" };
    const attempt = { key: "TRY_OF", values: { what: "install", number: 2 }, text: "" };
    const values = { host: "web-1", attempt, ending, took: { ms: 12_345 } };
    expect(words().said({ key: "ATTEMPT_FINISHED", values, text: "" })).toBe("web-1: install, try 2 exited with 100 after 12.3 s");
    const until = { at: "2026-11-23T08:00:00.000Z" };
    expect(words().said({ key: "BAKE_STARTED", values: { batch: 1, until }, text: "" })).toMatch(/watched until 23 Nov \d\d:\d\d:\d\d$/);
    const breach = (allowed: unknown) => words().said({ key: "BATCH_FAILED", values: { failed: 6, of: 100, allowed }, text: "" });
    expect(breach({ share: 500 })).toBe("6 of 100 in the batch failed, at most 5% may");
    expect(breach({ hosts: 5 })).toBe("6 of 100 in the batch failed, at most 5 may");
  });

  it("that are newer than the dashboard are said in the server’s words, also within others", () => {
    const newer = { key: "HOST_FLEW", values: { wings: 2 }, text: "it flew" };
    expect(words().said(newer as unknown as Said)).toBe("it flew");
    expect(words().said({ key: "HOST_RUN_FINISHED", values: { host: "web-1", outcome: newer }, text: "" })).toBe("web-1 ended: it flew");
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
