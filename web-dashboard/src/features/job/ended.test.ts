import { expect, it } from "vitest";
import { actions, job } from "../../testing/job";
import { listenAgainAfter } from "./ended";

it("listens on to a job that may still change, and not to one that is archived", () => {
  expect(listenAgainAfter(job())).toBeUndefined();
  expect(listenAgainAfter(job({ status: "FINISHED", actions: actions(["RETRY"]) }))).toBe(60_000);
  const retry = { action: "RETRY", allowed: false, reason: "it ended and was archived", why: "ARCHIVED" } as const;
  expect(listenAgainAfter(job({ status: "FINISHED", actions: [retry] }))).toBeNull();
});
