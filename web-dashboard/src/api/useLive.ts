import type { TypedDocumentNode } from "@urql/core";
import type { GraphQLFormattedError } from "graphql";
import { useEffect, useState } from "react";
import { subscribe } from "./live";

export interface Live<Data> {
  /** What was heard last; `null` until then. */
  data: Data | null;
  /** Why the server would not tell. */
  refused: readonly GraphQLFormattedError[] | null;
}

const NOTHING = { data: null, refused: null };

/** The latest message of a subscription that always tells everything, so that nothing is lost by missing one. */
export function useLive<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Live<Data> {
  const [live, setLive] = useState<Live<Data>>(NOTHING);
  const asked = JSON.stringify(variables);
  useEffect(() => {
    setLive(NOTHING);
    return subscribe(document, () => JSON.parse(asked) as Variables, {
      next: (data) => setLive({ data, refused: null }),
      refused: (refused) => setLive((before) => ({ ...before, refused })),
    });
  }, [document, asked]);
  return live;
}
