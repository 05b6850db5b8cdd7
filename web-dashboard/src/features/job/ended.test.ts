import { expect, it } from "vitest";
import { job } from "../../testing/job";
import { listenAgainAfter } from "./ended";

it("goes on listening to a job that has finished, for it may be retried, until it is archived", () => {
  expect(listenAgainAfter(job({ status: "FINISHED" }))).toBeUndefined();
  expect(listenAgainAfter(job({ status: "FINISHED", archived: true }))).toBeNull();
});
