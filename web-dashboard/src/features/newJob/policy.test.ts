import { describe, expect, it } from "vitest";
import { beginWith, choiceOf, NEW_STAGE, policyInput, readPolicy, type TypedPolicy, unreadable, writePolicy } from "./policy";

const OWN: TypedPolicy = {
  stages: [
    { ...NEW_STAGE, size: "1", bake: "30m", approve: true, by: "release", expires: "8h", notRequester: true },
    { ...NEW_STAGE, size: "10%", repeat: true },
  ],
  concurrency: "40",
  cap: "2",
  bigBatch: false,
};

describe("a policy of one's own", () => {
  it("comes back out of the address as it went in", () => {
    expect(readPolicy(writePolicy(OWN))).toEqual(OWN);
    expect([writePolicy("template"), writePolicy("size")].map(choiceOf)).toEqual(["template", "size"]);
    expect(readPolicy("{half")).toBeNull();
  });

  it("is given to the API in its words", () => {
    expect(policyInput(writePolicy(OWN))).toEqual({
      batches: [
        { size: "1", bake: 1_800_000, repeat: false, approve: true, notRequester: true, approvedBy: "release", approvalExpires: 28_800_000 },
        { size: "10%", bake: 0, repeat: true, approve: false },
      ],
      concurrency: 40,
      gates: { totalCap: 2 },
    });
    expect([policyInput(""), policyInput("size")]).toEqual([undefined, { batches: [] }]);
  });

  it("says what cannot be read before it is sent", () => {
    const wrong = { ...OWN, stages: [{ ...NEW_STAGE, bake: "half an hour" }], concurrency: "many" };
    expect(unreadable(wrong)).toEqual(["policy.batches.0.bake", "policy.concurrency"]);
    expect([unreadable(OWN), unreadable(null)]).toEqual([[], []]);
  });

  it("begins with the template's stages", () => {
    const stage = { size: "up to 25%", amount: "25%", upTo: true, repeat: false, bake: 3_600_000, approve: true, approvedBy: null, approvalExpires: null, notRequester: true };
    expect(beginWith([stage]).stages).toEqual([{ size: "up to 25%", bake: "1h", approve: true, by: "", expires: "", notRequester: true, repeat: false }]);
    expect(beginWith([]).stages.map(({ size }) => size)).toEqual(["1", "5%", "10%"]);
  });
});
