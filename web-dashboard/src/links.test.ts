import { expect, it } from "vitest";
import { links } from "./links";

it("every address is written here", () => {
  expect(links.home()).toBe("/");
  expect(links.signIn()).toBe("/sign-in");
  expect(links.jobs()).toBe("/jobs");
  expect(links.jobs({ status: "HELD", q: "a b&c" })).toBe("/jobs?status=HELD&q=a+b%26c");
  expect(links.job("01M8")).toBe("/jobs/01M8");
  expect(links.job("01M8", { view: "hosts", host: "web-1", group: "" })).toBe("/jobs/01M8?view=hosts&host=web-1");
  expect(links.job("a/b")).toBe("/jobs/a%2Fb");
});
