import { describe, expect, it } from "vitest";
import { outline, pathText } from "./place";

/** Where the `|` is. */
function at(text: string) {
  const cursor = text.indexOf("‸");
  const { place } = outline(text.replace("‸", ""), cursor);
  return place === null ? "nowhere" : `${place.kind} ${pathText(place.path)}<${place.typed}`;
}

describe("the place of the cursor", () => {
  it.each([
    ["an empty text", "‸", "key <"],
    ["a key being typed", "templ‸", "key <templ"],
    ["a key at the top, after others", "template: t\non_‸", "key <on_"],
    ["a value", "on_failure: pa‸", "value on_failure<pa"],
    ["a value not begun", "template: t\non_failure: ‸", "value on_failure<"],
    ["a step", "workflow:\n  - step: a\n    ‸", "key workflow/0<"],
    ["a step's key half typed", "workflow:\n  - step: a\n    act‸", "key workflow/0<act"],
    ["the second step's first key", "workflow:\n  - step: a\n  - st‸", "key workflow/1<st"],
    ["dashes under their key", "workflow:\n- step: a\n  ‸", "key workflow/0<"],
    ["after the list, at the top", "workflow:\n  - step: a\n‸", "key <"],
    ["parameters of an action", "workflow:\n  - step: a\n    action: b.c\n    with:\n      ‸", "key workflow/0/with<"],
    ["a parameter's value", "workflow:\n  - step: a\n    with:\n      url: x‸", "value workflow/0/with/url<x"],
    ["a flow map", "workflow:\n  - {step: a, ac‸}", "key workflow/0<ac"],
    ["a flow map's value", "workflow:\n  - {step: a, action: p‸}", "value workflow/0/action<p"],
    ["a flow map that is open", "batches:\n  - {size: 1, ‸\ngates: {}", "key batches/0<"],
    ["a flow map in a flow map", "workflow:\n  - {step: a, retry: {att‸}}", "key workflow/0/retry<att"],
    ["a flow list", "stratify_by: [os, d‸]", "value stratify_by/1<d"],
    ["a parameter the author named", "parameters:\n  level: {ty‸}", "key parameters/level<ty"],
    ["after a text in place", "description: |\n  workflow:\n    - x\n‸", "key <"],
    ["an expression in quotation marks", 'workflow:\n  - step: a\n    with:\n      url: "{{ params.‸', 'value workflow/0/with/url<"{{ params.'],
    ["after a comment", "# a template\ntem‸", "key <tem"],
  ])("is told in %s", (_, text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it("is nowhere in a comment and in a text in place", () => {
    expect(at("# say ‸what")).toBe("nowhere");
    expect(at("description: |\n  some ‸text")).toBe("nowhere");
  });

  it("comes with what is given everywhere in the text", () => {
    const { values } = outline(
      'workflow:\n  - step: check\n    action: patch.check # looks\n  - {step: join, action: "cluster.join", retry: {attempts: 3}}\n',
      0,
    );
    expect(Object.fromEntries(values)).toEqual({
      "workflow/0/step": "check",
      "workflow/0/action": "patch.check",
      "workflow/1/step": "join",
      "workflow/1/action": "cluster.join",
      "workflow/1/retry/attempts": "3",
    });
  });
});
