/* What is being typed in a selector, and what it becomes. The server reads selectors; here only text is put together. */

/** What stands under the cursor: the name or value of a test, or the place between two tests. */
export interface Typing {
  kind: "name" | "value" | "join";
  /** The name whose value is typed. */
  name: string;
  /** What is typed of it so far. */
  text: string;
  /** Where that begins. */
  from: number;
}

export interface Suggestion {
  /** What is put in place of what was typed. */
  text: string;
  /** How many hosts that is, where it is known. */
  hosts: number | null;
}

const WORD = String.raw`[^\s()=!,"']`;
const VALUE = new RegExp(String.raw`(${WORD}+)\s*(?:==?|!=)\s*(["']?${WORD}*)$`);
const LISTED = new RegExp(String.raw`(${WORD}+)\s+in\s*\((?:[^()]*,)?\s*(["']?${WORD}*)$`);
const LAST = new RegExp(String.raw`(${WORD}*)$`);
const WANTS_TEST = /(^|[\s(,!])(and|or|not)\s+$|[(,!]\s*$|^\s*$/;

export function typingAt(selector: string, caret: number): Typing {
  const before = selector.slice(0, caret);
  const value = LISTED.exec(before) ?? VALUE.exec(before);
  if (value !== null) {
    const [, name = "", typed = ""] = value;
    return { kind: "value", name, text: typed.replace(/^["']/, ""), from: caret - typed.length };
  }
  const text = LAST.exec(before)?.[1] ?? "";
  const from = caret - text.length;
  return { kind: WANTS_TEST.test(before.slice(0, from)) ? "name" : "join", name: "", text, from };
}

/** The selector with a suggestion in place of what is typed, and where the cursor stands then. */
export function completed(selector: string, caret: number, typing: Typing, text: string): { text: string; caret: number } {
  const head = selector.slice(0, typing.from) + text;
  return { text: head + selector.slice(caret), caret: head.length };
}

const PLAIN = /^[\w./@+-]+$/;
const RESERVED = ["and", "or", "not", "in", "all"];

/** A value as it is written in a selector. */
export function written(value: string): string {
  return PLAIN.test(value) && !RESERVED.includes(value) ? value : `"${value}"`;
}

export const testOf = (name: string, value: string) => `${name}=${written(value)}`;

/** The tests of a selector that is nothing but tests with `and` between them; `null` where it says more. */
function testsOf(selector: string): string[] | null {
  const text = selector.trim();
  if (text === "" || text === "all") return [];
  if (/[(),']|(^|\s)or(\s|$)/.test(text.replaceAll(/"[^"]*"/g, ""))) return null;
  return text.match(/(?:"[^"]*"|\S)+/g)?.filter((word) => word !== "and") ?? [];
}

/** Whether a selector asks for this, so that asking once more would take it back. */
export function asksFor(selector: string, test: string): boolean {
  return testsOf(selector)?.includes(test) ?? false;
}

/** The selector with a test more, or without it where it has that. */
export function toggled(selector: string, test: string): string {
  const tests = testsOf(selector);
  if (tests === null) return `(${selector.trim()}) and ${test}`;
  const isPlain = !tests.includes("not");
  if (!isPlain) return `${selector.trim()} and ${test}`;
  return (tests.includes(test) ? tests.filter((other) => other !== test) : [...tests, test]).join(" and ");
}
