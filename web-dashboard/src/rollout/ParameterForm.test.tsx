import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { show } from "../testing/render";
import { ParameterForm } from "./ParameterForm";
import { parametersOf } from "./parameters";

const SCHEMA = { required: ["cluster"], properties: { cluster: { type: "string" }, reboot: { type: "boolean", default: true } } };
const form = (schema: object, textOf = (_name: string) => "") => <ParameterForm parameters={parametersOf(schema)} textOf={textOf} onType={vi.fn()} />;
const isFolded = (name: RegExp) => screen.getByLabelText(name).closest("details") !== null;

it("what is needed is never folded away, also where it becomes known later", () => {
  const { rerender } = show(form({}));
  rerender(form(SCHEMA));
  expect(isFolded(/^cluster/)).toBe(false);
  expect(isFolded(/^reboot/)).toBe(true);
});

it("what was filled in at first stays where it is", () => {
  const { rerender } = show(form(SCHEMA, (name) => (name === "reboot" ? "false" : "")));
  expect(isFolded(/^reboot/)).toBe(false);
  rerender(form(SCHEMA));
  expect(isFolded(/^reboot/)).toBe(false);
});
