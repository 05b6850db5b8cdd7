import { describe, expect, it } from "vitest";
import { type JsonSchema, type Knowledge, suggestionsAt } from "./completion";

const RETRY: JsonSchema = {
  oneOf: [{ type: "integer" }, { type: "object", properties: { attempts: {}, delay: { examples: ["30s"] } }, required: ["attempts"] }],
};
const SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    template: { description: "Its name." },
    parameters: { type: "object", additionalProperties: { properties: { type: { oneOf: [{ const: "string" }, { const: "integer" }] } } } },
    workflow: { type: "array", items: { $ref: "#/$defs/step" } },
    on_failure: { oneOf: [{ const: "undo", description: "Taken back." }, { const: "park" }] },
  },
  $defs: {
    step: {
      properties: { step: {}, action: {}, with: { type: "object" }, always: { type: "boolean" }, retry: RETRY, done_if: {} },
      required: ["step", "action"],
    },
  },
};
const KNOWN: Knowledge = {
  schema: SCHEMA,
  actions: [
    {
      name: "patch.check",
      description: "Looks.",
      on: "HOST",
      parameters: { properties: { refresh: { type: "boolean" }, expect: { enum: ["installed", "waiting"] } } },
      output: { properties: { installed: {} } },
    },
    { name: "cluster.leave", description: "Leaves.", on: "HOST", parameters: { properties: { via: {} } }, output: {} },
  ],
};

function labels(text: string) {
  const found = suggestionsAt(text.replace("‸", ""), text.indexOf("‸"), KNOWN);
  return found?.options.map(({ label }) => label) ?? null;
}

describe("completion", () => {
  it("knows the keys of a map, without those that are there", () => {
    expect(labels("template: t\n‸")).toEqual(["parameters", "workflow", "on_failure"]);
    expect(labels("workflow:\n  - step: a\n    ‸")).toEqual(["action", "with", "always", "retry", "done_if"]);
    expect(labels("workflow:\n  - {step: a, retry: {‸}}")).toEqual(["attempts", "delay"]);
  });

  it("knows the keys of what the author named", () => {
    expect(labels("parameters:\n  level: {‸}")).toEqual(["type"]);
    expect(labels("parameters:\n  level: {type: ‸}")).toEqual(["string", "integer"]);
  });

  it("still offers the key that is being written", () => {
    expect(labels("workflow:\n  - step: a\n    always‸: true")).toContain("always");
  });

  it("knows the words of a value, and what they mean", () => {
    expect(suggestionsAt("on_failure: ", 12, KNOWN)?.options[0]).toEqual({ label: "undo", type: "enum", info: "Taken back." });
    expect(labels("workflow:\n  - {step: a, always: ‸}")).toEqual(["true", "false"]);
    expect(labels("workflow:\n  - {step: a, retry: {delay: ‸}}")).toEqual(["30s"]);
  });

  it("knows the actions there are", () => {
    expect(labels("workflow:\n  - step: a\n    action: pa‸")).toEqual(["patch.check", "cluster.leave"]);
    expect(labels("workflow:\n  - step: a\n    undo: ‸")).toEqual(["patch.check", "cluster.leave"]);
  });

  it("knows the parameters of the action that the step calls, and their words", () => {
    const step = "workflow:\n  - step: a\n    action: patch.check\n    with:\n";
    expect(labels(`${step}      ‸`)).toEqual(["refresh", "expect"]);
    expect(labels(`${step}      refresh: true\n      ‸`)).toEqual(["expect"]);
    expect(labels(`${step}      expect: ‸`)).toEqual(["installed", "waiting"]);
    expect(labels("workflow:\n  - {step: a, action: cluster.leave, with: {‸}}")).toEqual(["via"]);
  });

  it("knows what expressions may name", () => {
    const text = "parameters:\n  level: {type: string}\nworkflow:\n  - step: check\n    action: patch.check\n    done_if: steps.‸";
    const names = labels(text);
    expect(names).toContain("params.level");
    expect(names).toContain("steps.check.output.installed");
    expect(names).toContain("host.name");
    const inText = 'workflow:\n  - step: check\n    action: patch.check\n    with:\n      expect: "for {{ ho‸';
    expect(suggestionsAt(inText.replace("‸", ""), inText.indexOf("‸"), KNOWN)?.from).toBe(inText.indexOf("ho‸"));
    expect(labels(inText)).toContain("host.name");
  });

  it("has nothing to say in a comment", () => {
    expect(labels("# what ‸")).toBeNull();
  });
});
