/* What may be written at a place of a template: keys and words from its JSON Schema, actions there are, their parameters,
   and names that expressions know. */
import type { Enum } from "../../../api/graphql";
import { outline, type Path, pathText } from "./place";

/** JSON Schema, as far as the server's schemas use it. */
export interface JsonSchema {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  examples?: readonly unknown[];
  required?: readonly string[];
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  oneOf?: readonly JsonSchema[];
  $ref?: string;
  $defs?: Readonly<Record<string, JsonSchema>>;
  minimum?: number;
  maximum?: number;
  writeOnly?: boolean;
}

export interface KnownAction {
  name: string;
  description: string;
  on: Enum<"Place">;
  parameters: JsonSchema;
  output: JsonSchema;
}

/** What there is besides the text. */
export interface Knowledge {
  schema: JsonSchema;
  actions: readonly KnownAction[];
}

export interface Suggestion {
  label: string;
  /** What kind of thing it is, for its sign. */
  type: "property" | "enum" | "function" | "variable";
  detail?: string;
  info?: string;
  /** What is written, where that is more than the label. */
  apply?: string;
}

export interface Suggestions {
  from: number;
  options: readonly Suggestion[];
}

const CALLS = ["action", "undo"];
const EXPRESSIONS = ["when", "done_if"];

/** What expressions know of every step, and of everything. */
const FACTS = ["succeeded", "skipped", "failed"];
const ALWAYS_KNOWN = ["host.name", "host.labels", "host.groups", "job.id"];

export function suggestionsAt(text: string, cursor: number, knowledge: Knowledge): Suggestions | null {
  const { place, values } = outline(text, cursor);
  if (place === null) return null;
  const key = place.path.at(-1);
  const schemas = within(knowledge.schema, place.path);
  const asked = place.kind === "value" ? expressionIn(place.typed, key) : null;
  if (asked !== null) return { from: cursor - asked.length, options: namesFor(asked, values, knowledge.actions) };
  if (place.kind === "value") {
    const options = CALLS.includes(String(key)) ? knowledge.actions.map(asAction) : schemas.flatMap(wordsOf);
    return answer(place.from, [...options, ...parameterWords(place.path, values, knowledge.actions)]);
  }
  const given = new Set([...values.keys()].filter((path) => path.startsWith(prefix(place.path))).map((path) => keyAfter(path, place.path)));
  const mine = keyAt(text, place.from);
  const isFree = ({ label }: Suggestion) => label === mine || !given.has(label);
  const action = key === "with" ? actionOf(place.path, values, knowledge.actions) : null;
  const keys = action === null ? schemas.flatMap((schema) => keysOf(schema, knowledge.schema)) : keysOf(action.parameters, action.parameters);
  return answer(place.from, unique(keys).filter(isFree));
}

function answer(from: number, options: readonly Suggestion[]): Suggestions | null {
  return options.length === 0 ? null : { from, options };
}

/** The schemas a value may have, references followed and choices laid out. */
function laidOut(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const { $ref, oneOf } = schema;
  const target = $ref === undefined ? undefined : root.$defs?.[$ref.replace("#/$defs/", "")];
  return [
    schema,
    ...(target === undefined ? [] : laidOut(target, root)),
    ...(oneOf ?? []).flatMap((choice) => laidOut(choice, root)),
  ];
}

function within(root: JsonSchema, path: Path): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, step) =>
      schemas.flatMap((schema) => {
        const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
        const next = typeof step === "number" ? schema.items : (schema.properties?.[step] ?? others);
        return next === undefined ? [] : laidOut(next, root);
      }),
    laidOut(root, root),
  );
}

function keysOf(schema: JsonSchema, root: JsonSchema): Suggestion[] {
  return Object.entries(schema.properties ?? {}).map(([label, property]) => asKey(label, property, schema, root));
}

function asKey(label: string, property: JsonSchema, { required = [] }: JsonSchema, root: JsonSchema): Suggestion {
  const key: Suggestion = { label, type: "property", apply: isMap(property, root) ? `${label}:` : `${label}: ` };
  if (property.description !== undefined) key.info = property.description;
  if (required.includes(label)) key.detail = "*";
  return key;
}

/** Whether nothing but a map may stand there, which begins in the next line. */
function isMap(property: JsonSchema, root: JsonSchema): boolean {
  return laidOut(property, root).every(
    ({ type, oneOf, $ref }) => type === "object" || (type === undefined && (oneOf ?? $ref) !== undefined),
  );
}

function wordsOf(schema: JsonSchema): Suggestion[] {
  const word = (value: unknown, info = schema.description): Suggestion => {
    const label = typeof value === "string" ? value : JSON.stringify(value);
    return { label, type: "enum", ...(info === undefined ? {} : { info }) };
  };
  if (schema.const !== undefined) return [word(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map((value) => word(value));
  if (schema.type === "boolean") return [word(true), word(false)];
  return (schema.examples ?? []).map((value) => word(value));
}

function parameterWords(path: Path, values: ReadonlyMap<string, string>, actions: readonly KnownAction[]): Suggestion[] {
  if (path.at(-2) !== "with") return [];
  const parameter = actionOf(path.slice(0, -1), values, actions)?.parameters.properties?.[String(path.at(-1))];
  return parameter === undefined ? [] : wordsOf(parameter);
}

function asAction({ name, description }: KnownAction): Suggestion {
  return { label: name, type: "function", info: description };
}

/** The action whose parameters stand under a `with`. */
function actionOf(path: Path, values: ReadonlyMap<string, string>, actions: readonly KnownAction[]): KnownAction | null {
  const name = values.get(pathText([...path.slice(0, -1), "action"]));
  return actions.find((action) => action.name === name) ?? null;
}

/** The name an expression is about to use, where the cursor is in one. */
function expressionIn(typed: string, key: string | number | undefined): string | null {
  const begun = typed.lastIndexOf("{{");
  const isInside = begun !== -1 && typed.lastIndexOf("}}") < begun;
  if (!isInside && !EXPRESSIONS.includes(String(key))) return null;
  return /[\w.]*$/.exec(typed)?.[0] ?? "";
}

function namesFor(asked: string, values: ReadonlyMap<string, string>, actions: readonly KnownAction[]): Suggestion[] {
  const variable = (label: string, info?: string): Suggestion => ({ label, type: "variable", ...(info === undefined ? {} : { info }) });
  const parameters = [...values.keys()].flatMap((path) => /^parameters\/([^/]+)\//.exec(path)?.[1] ?? []);
  const steps = [...values].flatMap(([path, name]) => (/^workflow\/\d+\/step$/.test(path) ? [{ name, at: path.split("/")[1] }] : []));
  const namesOf = ({ name, at }: { name: string; at: string | undefined }) => {
    const action = actions.find((action) => action.name === values.get(`workflow/${at}/action`));
    const output = Object.keys(action?.output.properties ?? {}).map((key) => `output.${key}`);
    return output.concat(FACTS).map((fact) => `steps.${name}.${fact}`);
  };
  const names = [...new Set(parameters.map((name) => `params.${name}`)), ...steps.flatMap(namesOf), ...ALWAYS_KNOWN];
  return names.filter((name) => name !== asked).map((name) => variable(name));
}

const prefix = (path: Path) => (path.length === 0 ? "" : `${pathText(path)}/`);

function keyAfter(path: string, above: Path): string {
  return path.slice(prefix(above).length).split("/")[0] ?? "";
}

function keyAt(text: string, from: number): string {
  return /^[\w-]*/.exec(text.slice(from))?.[0] ?? "";
}

function unique(suggestions: readonly Suggestion[]): Suggestion[] {
  return [...new Map(suggestions.map((suggestion) => [suggestion.label, suggestion])).values()];
}
