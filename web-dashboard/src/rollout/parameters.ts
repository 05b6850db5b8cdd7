/* What a template or an action takes, read from the JSON Schema the server makes of it. */

/** The kinds of values there are. */
export type Kind = "string" | "integer" | "number" | "boolean" | "array" | "object";

export interface Parameter {
  name: string;
  type: Kind;
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

export function parametersOf(schema: unknown): Parameter[] {
  const { properties = {}, required = [] } = (schema ?? {}) as { properties?: Record<string, Property>; required?: readonly string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: property.type ?? "string",
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

/** A value as it is written. */
export const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
