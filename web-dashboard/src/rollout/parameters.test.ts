import { describe, expect, it } from "vitest";
import { typed } from "../typed";
import { parametersOf, valuesOf } from "./parameters";

const SCHEMA = {
  type: "object",
  required: ["kernel"],
  properties: {
    attempts: { type: "integer", default: 3, minimum: 1, maximum: 9 },
    kernel: { type: "string", "x-glob": "6.*", description: "Which kernel." },
    level: { type: "string", enum: ["low", "high", "3"] },
    packages: { type: "array", items: { type: "string" } },
    ports: { type: "array", items: { type: "integer" } },
    reboot: { type: "boolean", default: true },
    token: { type: "string", writeOnly: true },
  },
};

describe("a form made from a schema", () => {
  const parameters = parametersOf(SCHEMA);

  it("has a control for every kind of parameter", () => {
    expect(parameters.map(({ name, control }) => `${name} ${control}`)).toEqual([
      "attempts number",
      "kernel text",
      "level choice",
      "packages list",
      "ports json",
      "reboot switch",
      "token secret",
    ]);
  });

  it("gives the values that were typed, and leaves out what was not", () => {
    const texts: Record<string, string> = {
      kernel: "6.1",
      attempts: "5",
      level: "3",
      packages: "vim\n\njq",
      ports: "[22, 80]",
      reboot: "false",
      token: "env:TOKEN",
    };
    expect(valuesOf(parameters, (name) => texts[name] ?? "")).toEqual({
      kernel: "6.1",
      attempts: 5,
      level: "3",
      packages: ["vim", "jq"],
      ports: [22, 80],
      reboot: false,
      token: "env:TOKEN",
    });
  });

  it("sends what it cannot read as it is, so that the server says what is wrong", () => {
    expect(valuesOf(parameters, (name) => (name === "attempts" ? "many" : ""))).toEqual({ attempts: "many" });
  });

  it("writes values as they would be typed", () => {
    expect([typed("6.1"), typed(["a", "b"]), typed([1, 2]), typed(true)]).toEqual(["6.1", "a\nb", "[1,2]", "true"]);
  });
});
