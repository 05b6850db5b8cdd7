import type { TypedDocumentNode } from "@urql/core";
import { type Answer, useAnswer } from "../../api/useAnswer";

const FRESH_EVERY = 15_000;

/** Figures over what has ended. They are read again now and then, because jobs go on ending. `null` asks nothing. */
export function useFigures<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
): Answer<Data, Variables> {
  return useAnswer(document, variables, { every: FRESH_EVERY });
}
