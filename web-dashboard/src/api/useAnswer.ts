import type { CombinedError, TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { repeat } from "./backoff";
import { reader } from "./client";
import { mayPass, wordsOf } from "./errors";
import { useReconnections } from "./live";

export interface Answer<Data, Variables> {
  /** What was answered last; it stays while something new is asked. */
  data: Data | null;
  /** What `data` is the answer to. */
  answered: Variables | null;
  /** Whether that is another question than the one there is now, also where this one could not be answered. */
  stale: boolean;
  /** Why the question there is now was not answered the last time it was asked. It is asked again. */
  error: string | null;
  /** How many answers there were. */
  reads: number;
  /** Asks once more. */
  again: () => void;
}

interface Asking {
  /** How often it is asked again while the page is looked at, in milliseconds; otherwise only after a failure. */
  every?: number;
  /** Makes it another question when it changes, though the variables stay. */
  version?: number;
}

interface Kept<Data> {
  data: Data | null;
  /** The question that `data` answers. */
  of: string | null;
  failure: { of: string; words: string } | null;
  reads: number;
}

/**
 * The answer to what is asked now, kept by whoever asks and not by the cache. `null` asks nothing. What fails is asked
 * again, and everything is once the connection has come back.
 */
export function useAnswer<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | null,
  { every, version = 0 }: Asking = {},
): Answer<Data, Variables> {
  const connected = useReconnections();
  const [kept, setKept] = useState<Kept<Data>>({ data: null, of: null, failure: null, reads: 0 });
  const [asked, setAsked] = useState(0);
  const question = variables === null ? null : `${JSON.stringify(variables)} ${version}`;
  useEffect(() => {
    if (question === null) return undefined;
    return repeat(async (isStopped) => {
      const { data, error } = await reader.query(document, variablesOf<Variables>(question)).toPromise();
      if (!isStopped()) setKept((before) => told(before, question, data, error));
      return error === undefined || !mayPass(error);
    }, every);
  }, [document, question, every, connected, asked]);
  const { data, of, failure, reads } = kept;
  const answered = useMemo(() => (of === null ? null : variablesOf<Variables>(of)), [of]);
  const again = useCallback(() => setAsked((before) => before + 1), []);
  const error = failure !== null && failure.of === question ? failure.words : null;
  return { data, answered, stale: of !== question, error, reads, again };
}

function told<Data>(before: Kept<Data>, question: string, data: Data | null | undefined, error: CombinedError | undefined): Kept<Data> {
  const failure = error === undefined ? null : { of: question, words: wordsOf(error) };
  if (data === undefined || data === null) return { ...before, failure };
  return { data, of: question, failure, reads: before.reads + 1 };
}

function variablesOf<Variables>(question: string): Variables {
  return JSON.parse(question.slice(0, question.lastIndexOf(" "))) as Variables;
}
