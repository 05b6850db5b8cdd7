import { expect, it } from "vitest";
import { again } from "./again";

it("running again begins with what the job was given, without its secrets and what is usual anyway", () => {
  const parameters = { packages: ["vim", "jq"], reboot: true, token: "env:TOKEN", note: null, attempts: 5 };
  const schema = { properties: { packages: {}, reboot: { default: true }, token: { writeOnly: true }, note: {}, attempts: { default: 3 } } };
  const address = again({ template: "patch-server", parameters, definition: { parameters: schema, targets: "role=web" } });
  expect(Object.fromEntries(new URL(address, "http://x").searchParams)).toEqual({
    template: "patch-server",
    targets: "role=web",
    "p.packages": "vim\njq",
    "p.attempts": "5",
  });
});
