import { describe, expect, it } from "vitest";
import { choiceOf, selectorOf, sieveOf } from "./choice";

describe("the hosts of the list as a selector", () => {
  it.each([
    ["", "", "all"],
    ["role=web", "", "role=web"],
    ["", "web-0", "name=*web-0*"],
    ["role=web", "web-0", "role=web and name=*web-0*"],
    ["role=web or role=db", "1", "(role=web or role=db) and name=*1*"],
  ])("%s, %s", (selector, search, expected) => {
    expect(selectorOf(choiceOf(selector, search, "all"), "all", [], 10_000)).toBe(expected);
  });

  it("names those that only jobs tell apart, unless they are many or not all read", () => {
    const choice = choiceOf("role=web", "", "outOfService");
    expect(selectorOf(choice, "outOfService", ["web-1", "web-7"], 2)).toBe("name in (web-1, web-7)");
    expect(selectorOf(choice, "outOfService", ["web-1"], 2)).toBeNull();
    expect(selectorOf(choice, "outOfService", [], 0)).toBeNull();
    const many = Array.from({ length: 201 }, (_, at) => `web-${at}`);
    expect(selectorOf(choice, "outOfService", many, 201)).toBeNull();
  });
});

it("an address nobody wrote means all hosts", () => {
  expect(sieveOf("nonsense")).toBe("all");
  expect(choiceOf("  ", " x ", "all")).toEqual({ selector: null, search: "x", filter: {} });
});
