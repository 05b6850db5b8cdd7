import type { TypedDocumentNode } from "@urql/core";
import { useEffect, useState } from "react";
import { reader } from "./client";

export interface Answer<Data> {
  /** What was answered last; it stays while something new is asked. */
  data: Data | null;
  error: string | null;
  /** Whether `data` answers what was asked before. */
  stale: boolean;
}

const NOTHING = { data: null, error: null, asked: null };

/**
 * The answer to what is asked now, kept by whoever asks and not by the cache. `null` asks nothing. A change of `again`
 * asks once more.
 */
export function useAnswer<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
  again = 0,
): Answer<Data> {
  const asked = variables === null ? null : `${JSON.stringify(variables)} ${again}`;
  const [answer, setAnswer] = useState<{ data: Data | null; error: string | null; asked: string | null }>(NOTHING);
  useEffect(() => {
    if (asked === null) return undefined;
    let current = true;
    async function ask(asked: string) {
      const given = JSON.parse(asked.slice(0, asked.lastIndexOf(" "))) as Variables;
      const { data, error } = await reader.query(document, given).toPromise();
      if (current) setAnswer((before) => ({ data: data ?? before.data, error: error?.message ?? null, asked }));
    }
    void ask(asked);
    return () => {
      current = false;
    };
  }, [document, asked]);
  return { data: answer.data, error: answer.error, stale: answer.asked !== asked };
}
