import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./schema";

/** Types of documents, inferred from the server's schema while they are written. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: { DateTime: string; Long: number; Millis: number; JSON: unknown };
}>();

export type { FragmentOf, ResultOf, VariablesOf } from "gql.tada";

/** The values of an enum of the schema. */
export type Enum<Name extends keyof introspection["types"]> = introspection["types"][Name] extends {
  enumValues: infer Value extends string;
}
  ? Value
  : never;
