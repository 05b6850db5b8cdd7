import { expect, it } from "vitest";
import { whyNotApprover } from "./approval";

const stage = (approvedBy: string | null, notRequester = false) => ({ stage: { amount: "1", upTo: false, approvedBy, notRequester } });

it("only the token that the policy names may approve", () => {
  expect(whyNotApprover(stage("release"), "user:ann", "user:ann")).toBe("ONLY");
  expect(whyNotApprover(stage("release"), "user:ann", "token:release")).toBeNull();
});

it("whoever asked for the job may not, where the policy says so", () => {
  expect(whyNotApprover(stage(null, true), "user:ann", "user:ann")).toBe("REQUESTER");
  expect(whyNotApprover(stage(null, true), "user:ann", "user:bob")).toBeNull();
  expect(whyNotApprover(stage("release", true), "token:release", "token:release")).toBe("REQUESTER");
});

it("nobody is refused while it is not known who asks, or where nothing is said", () => {
  expect(whyNotApprover(stage("release", true), "user:ann", null)).toBeNull();
  expect(whyNotApprover({ stage: null }, "user:ann", "user:ann")).toBeNull();
});
