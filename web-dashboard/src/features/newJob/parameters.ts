/* A template's parameters as fields of a form. The texts in them become JSON here; whether the values fit, the server says. */

import { typed } from "../../typed";

/** What kind of control a parameter gets. */
export type Control = "text" | "number" | "switch" | "choice" | "list" | "json" | "secret";

/** One parameter of a template. */
export interface Field {
  name: string;
  control: Control;
  description: string;
  required: boolean;
  /** The choices, as texts. */
  choices: readonly string[];
  /** The default as it would be typed; empty where there is none. */
  usual: string;
  /** What a text has to look like: a glob. */
  glob: string | null;
  minimum: number | null;
  maximum: number | null;
}

interface Property {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  "x-glob"?: string;
  writeOnly?: boolean;
  items?: { type?: string };
}

interface Schema {
  properties?: Record<string, Property>;
  required?: readonly string[];
}

/** The fields of a JSON Schema of type `object`, those that have to be filled in first. */
export function fieldsOf(schema: unknown): Field[] {
  const { properties = {}, required = [] } = (schema ?? {}) as Schema;
  const fields = Object.entries(properties).map(([name, property]) => fieldOf(name, property, required.includes(name)));
  return [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
}

function fieldOf(name: string, property: Property, required: boolean): Field {
  return {
    name,
    control: controlOf(property),
    description: property.description ?? "",
    required,
    choices: (property.enum ?? []).map(typed),
    usual: property.default === undefined ? "" : typed(property.default),
    glob: property["x-glob"] ?? null,
    minimum: property.minimum ?? null,
    maximum: property.maximum ?? null,
  };
}

function controlOf({ type, enum: choices, writeOnly, items }: Property): Control {
  if (writeOnly === true) return "secret";
  if (choices !== undefined) return "choice";
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  if (type === "array" && (items?.type ?? "string") === "string") return "list";
  return type === "array" || type === "object" ? "json" : "text";
}

/** What was typed as a value; `undefined` where nothing was. What cannot be read goes as text, for the server to refuse. */
export function valueOf({ control }: Field, text: string): unknown {
  if (text === "") return undefined;
  switch (control) {
    case "text":
    case "secret":
      return text;
    case "list":
      return text.split("\n").filter((line) => line.trim() !== "");
    case "number":
    case "switch":
    case "choice":
    case "json":
      return parsed(text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** All values that were given, by name. */
export function valuesOf(fields: readonly Field[], textOf: (name: string) => string): Record<string, unknown> {
  const given = fields.map((field) => [field.name, valueOf(field, textOf(field.name))] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
