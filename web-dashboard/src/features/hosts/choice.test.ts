import { describe, expect, it } from "vitest";
import { choiceOf, selectorOf, sieveOf } from "./choice";

describe("the hosts of the list as a selector", () => {
  it.each([
    ["", "", "all"],
    ["role=web", "", "role=web"],
    ["", "Web-0", "name=*[wW][eE][bB]-0*"],
    ["role=web", "x 0", 'role=web and name="*[xX] 0*"'],
    ["role=web or role=db", "1", "(role=web or role=db) and name=*1*"],
  ])("%s, %s", (selector, search, expected) => {
    expect(selectorOf(choiceOf(selector, search, "all"), "all", [], 10_000)).toBe(expected);
  });

  it("says a text as it is where all hosts are read and it fits them, and else leaves capitals open as the search does", () => {
    const choice = choiceOf("", "web", "all");
    expect(selectorOf(choice, "all", ["web-1", "web-2"], 2)).toBe("name=*web*");
    expect(selectorOf(choice, "all", ["web-1", "WEB-2"], 2)).toBe("name=*[wW][eE][bB]*");
    expect(selectorOf(choice, "all", ["web-1"], 2)).toBe("name=*[wW][eE][bB]*");
  });

  it("names the hosts where a text means something else in a pattern", () => {
    const choice = choiceOf("", "web[", "all");
    const starred = choiceOf("", "*", "all");
    expect(selectorOf(starred, "all", ["web-1", "db-2"], 2)).toBe("name in (web-1, db-2)");
    expect(selectorOf(starred, "all", ["web-1"], 10_000)).toBeNull();
    expect(selectorOf(choice, "all", ["web[1]"], 1)).toBeNull();
  });

  it("quotes names that a selector reads otherwise", () => {
    expect(selectorOf(choiceOf("", "", "person"), "person", ["and", "web-1"], 2)).toBe('name in ("and", web-1)');
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
