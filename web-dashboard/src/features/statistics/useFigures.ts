import type { TypedDocumentNode } from "@urql/core";
import { useEffect, useState } from "react";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";

const FRESH_EVERY = 15_000;

export interface Figures<Data> {
  /** The last answer; also that to the question before, until there is one to this. */
  data: Data | null;
  loading: boolean;
  error: string | null;
  /** How many answers there were. */
  reads: number;
}

/** Figures over what has ended. They are read again now and then, because jobs go on ending. */
export function useFigures<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  paused = false,
): Figures<Data> {
  const connected = useSignal(generation);
  const asked = JSON.stringify(variables);
  const [figures, setFigures] = useState<Figures<Data>>({ data: null, loading: true, error: null, reads: 0 });
  useEffect(() => {
    let current = true;
    async function read() {
      const { data, error } = await reader.query(document, JSON.parse(asked) as Variables).toPromise();
      if (!current) return;
      if (error !== undefined) {
        setFigures(({ reads }) => ({ data: null, loading: false, error: error.graphQLErrors[0]?.message ?? error.message, reads }));
      } else if (data !== undefined) {
        setFigures(({ reads }) => ({ data, loading: false, error: null, reads: reads + 1 }));
      }
    }
    if (paused) return;
    setFigures((before) => ({ ...before, loading: true }));
    void read();
    const timer = setInterval(() => {
      if (!globalThis.document.hidden) void read();
    }, FRESH_EVERY);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [document, asked, connected, paused]);
  return figures;
}
