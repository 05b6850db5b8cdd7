/*
 * What a template or an action takes, read from the JSON Schema the server makes of it, and what is typed into a form for
 * it made JSON. Whether the values fit, the server says.
 */
import { typed } from "../typed";

/** The kinds of values there are. */
export type Kind = "string" | "integer" | "number" | "boolean" | "array" | "object";

/** What kind of control a parameter gets. */
export type Control = "text" | "number" | "switch" | "choice" | "list" | "json" | "secret";

export interface Parameter {
  name: string;
  type: Kind;
  control: Control;
  description: string;
  required: boolean;
  secret: boolean;
  /** The value where none is given; undefined where there is none. */
  otherwise: unknown;
  choices: readonly unknown[];
  minimum: number | null;
  maximum: number | null;
  /** What a text has to look like, with `*` and `?`. */
  glob: string | null;
  items: Kind | null;
}

interface Property {
  type?: Kind;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  items?: { type?: Kind };
  writeOnly?: boolean;
  "x-glob"?: string;
}

interface Schema {
  properties?: Record<string, Property>;
  required?: readonly string[];
}

/** The parameters of a JSON Schema of type `object`, in its order. */
export function parametersOf(schema: unknown): Parameter[] {
  const { properties = {}, required = [] } = (schema ?? {}) as Schema;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: property.type ?? "string",
    control: controlOf(property),
    description: property.description ?? "",
    required: required.includes(name),
    secret: property.writeOnly ?? false,
    otherwise: property.default,
    choices: property.enum ?? [],
    minimum: property.minimum ?? null,
    maximum: property.maximum ?? null,
    glob: property["x-glob"] ?? null,
    items: property.items?.type ?? null,
  }));
}

function controlOf({ type, enum: choices, writeOnly, items }: Property): Control {
  if (writeOnly === true) return "secret";
  if (choices !== undefined) return "choice";
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  if (type === "array" && (items?.type ?? "string") === "string") return "list";
  return type === "array" || type === "object" ? "json" : "text";
}

/** Those that have to be given stand first. */
export function requiredFirst(parameters: readonly Parameter[]): readonly Parameter[] {
  return [...parameters.filter(({ required }) => required), ...parameters.filter(({ required }) => !required)];
}

/** A value as it is written. */
export const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What was typed, by the parameter's name. */
export type Texts = (name: string) => string;

/** All values that were given, by name. */
export function valuesOf(parameters: readonly Parameter[], textOf: Texts): Record<string, unknown> {
  const given = parameters.map((parameter) => [parameter.name, valueOf(parameter, textOf(parameter.name))] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What was typed as a value; `undefined` where nothing was. What cannot be read goes as text, for the server to refuse. */
function valueOf({ control, choices }: Parameter, text: string): unknown {
  if (text === "") return undefined;
  switch (control) {
    case "text":
    case "secret":
      return text;
    case "list":
      return text.split("\n").filter((line) => line.trim() !== "");
    case "choice":
      return choices.find((choice) => typed(choice) === text) ?? text;
    case "number":
    case "switch":
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
