import type { TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useState } from "react";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";

interface Read<Data> {
  /** `undefined` until it was read. */
  data: Data | undefined;
  error: string | null;
}

/**
 * What a query answers, read again now and then: nothing tells when a schedule was changed. `null` for the variables reads
 * nothing. While other variables are read, what was there before stays.
 */
export function useRead<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
  every: number,
): Read<Data> & { again: () => void } {
  const connected = useSignal(generation);
  const [read, setRead] = useState<Read<Data>>({ data: undefined, error: null });
  const [asked, setAsked] = useState(0);
  const key = variables === null ? null : JSON.stringify(variables);
  useEffect(() => {
    if (key === null) {
      setRead({ data: undefined, error: null });
      return undefined;
    }
    let current = true;
    async function refresh(given: string) {
      const { data, error } = await reader.query(document, JSON.parse(given) as Variables).toPromise();
      if (!current) return;
      if (data === undefined) setRead((before) => ({ ...before, error: error?.message ?? null }));
      else setRead({ data, error: null });
    }
    void refresh(key);
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) void refresh(key);
    }, every);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [document, key, every, connected, asked]);
  const again = useCallback(() => setAsked((before) => before + 1), []);
  return { ...read, again };
}
