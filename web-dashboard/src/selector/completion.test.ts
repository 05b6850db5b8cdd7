import { describe, expect, it } from "vitest";
import { asksFor, completed, testOf, toggled, typingAt } from "./completion";

const typing = (text: string) => {
  const caret = text.indexOf("|");
  return typingAt(text.replace("|", ""), caret);
};

describe("what is typed", () => {
  it.each([
    ["|", "name", "", ""],
    ["ro|", "name", "", "ro"],
    ["role=|", "value", "role", ""],
    ["role=we| and dc=sh", "value", "role", "we"],
    ["role = we|", "value", "role", "we"],
    ["role!=we|", "value", "role", "we"],
    ['role="we|', "value", "role", "we"],
    ["role=web |", "join", "", ""],
    ["role=web an|", "join", "", "an"],
    ["role=web and |", "name", "", ""],
    ["role=web and not d|", "name", "", "d"],
    ["(|", "name", "", ""],
    ["!ret|", "name", "", "ret"],
    ["env in (|", "value", "env", ""],
    ["env in (prod, st|", "value", "env", "st"],
    ["env in (prod, stage) |", "join", "", ""],
    ["env=prod,r|", "name", "", "r"],
  ])("%s", (text, kind, name, typed) => {
    expect(typing(text)).toMatchObject({ kind, name, text: typed });
  });
});

it("a suggestion takes the place of what was typed, and the cursor stands behind it", () => {
  const text = "role=we and dc=sh";
  expect(completed(text, 7, typingAt(text, 7), "web")).toEqual({ text: "role=web and dc=sh", caret: 8 });
  expect(completed('role="we', 8, typingAt('role="we', 8), '"web front"')).toEqual({ text: 'role="web front"', caret: 16 });
});

it("a value with letters that mean something is quoted", () => {
  expect(testOf("os", "debian-12")).toBe("os=debian-12");
  expect(testOf("owner", "Ann & Co")).toBe('owner="Ann & Co"');
  expect(testOf("rack", "*")).toBe('rack="*"');
  expect(testOf("word", "and")).toBe('word="and"');
});

describe("a test is added once and taken back", () => {
  it.each([
    ["", "dc=sh", "dc=sh"],
    ["all", "dc=sh", "dc=sh"],
    ["role=web", "dc=sh", "role=web and dc=sh"],
    ["role=web and dc=sh", "dc=sh", "role=web"],
    ["dc=sh", "dc=sh", ""],
    ["role=web or role=db", "dc=sh", "(role=web or role=db) and dc=sh"],
    ["not role=web", "dc=sh", "not role=web and dc=sh"],
    ['owner="Ann or Bob"', "dc=sh", 'owner="Ann or Bob" and dc=sh'],
    ["role in (web, db)", "dc=sh", "(role in (web, db)) and dc=sh"],
  ])("%s + %s", (selector, test, expected) => {
    expect(toggled(selector, test)).toBe(expected);
  });

  it("and said to be there only where it surely is", () => {
    expect(asksFor("role=web and dc=sh", "dc=sh")).toBe(true);
    expect(asksFor("role=web or dc=sh", "dc=sh")).toBe(false);
    expect(asksFor("role=web", "dc=sh")).toBe(false);
  });
});
