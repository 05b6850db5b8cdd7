import type { TypedDocumentNode } from "@urql/core";
import { useAnswer } from "../../api/useAnswer";

interface Read<Data> {
  /** `undefined` until it was read, and where nothing is. */
  data: Data | undefined;
  error: string | null;
  again: () => void;
}

/**
 * What a query answers, read again now and then: nothing tells when a schedule was changed. `null` for the variables reads
 * nothing. While other variables are read, what was there before stays, unless they cannot be.
 */
export function useRead<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
  every: number,
): Read<Data> {
  const { data, stale, error, again } = useAnswer(document, variables, { every });
  const isOwn = variables !== null && !(stale && error !== null);
  return { data: isOwn && data !== null ? data : undefined, error, again };
}
