import type { TypedDocumentNode } from "@urql/core";
import type { GraphQLFormattedError } from "graphql";
import { useEffect, useRef, useState } from "react";
import { follow } from "./live";

export interface Live<Data> {
  /** What was heard last; `null` until then. */
  data: Data | null;
  /** Why the server does not tell any more; `null` once it does again. */
  refused: readonly GraphQLFormattedError[] | null;
}

const NOTHING = { data: null, refused: null };

/**
 * The latest message of a subscription that always tells everything, so that nothing is lost by missing one. Where the
 * server ends it, `ended` says by the last message how long to wait before it is begun again, or that it is over (`null`).
 */
export function useLive<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  ended?: (last: Data) => number | null | undefined,
): Live<Data> {
  const [live, setLive] = useState<Live<Data>>(NOTHING);
  const asked = JSON.stringify(variables);
  const whenEnded = useRef(ended);
  useEffect(() => {
    whenEnded.current = ended;
  });
  useEffect(() => {
    let last: Data | null = null;
    setLive(NOTHING);
    return follow(document, () => JSON.parse(asked) as Variables, {
      next(data) {
        last = data;
        setLive({ data, refused: null });
      },
      refused: (refused) => setLive((before) => ({ ...before, refused })),
      ended: () => (last === null ? undefined : whenEnded.current?.(last)),
    });
  }, [document, asked]);
  return live;
}
