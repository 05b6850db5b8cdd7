import { expect, it } from "vitest";
import { waitBefore } from "./backoff";

it("waits longer from try to try, never more than five seconds", () => {
  const most = [0, 1, 2, 3, 4, 5, 50].map((retries) => waitBefore(retries, 1));
  expect(most).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

it("does not wait as long as the others do", () => {
  expect(waitBefore(50, 0)).toBe(3_333);
  expect(waitBefore(0, 0)).toBe(133);
});
