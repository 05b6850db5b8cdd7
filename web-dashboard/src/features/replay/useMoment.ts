import type { CombinedError } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { startWorker, type Worker } from "../../api/backoff";
import { reader } from "../../api/client";
import { mayPass, wordsOf } from "../../api/errors";
import { type Moment, MomentQuery } from "./replay.query";

/** Where somebody wants to look: at a position of the log, at a moment, or at the end. */
export interface Wanted {
  position?: number;
  at?: string;
}

export interface MomentState {
  /** The last moment that was read; it stays while the next one is. */
  moment: Moment | null;
  /** Whether there was no such job by then. */
  before: boolean;
  error: string | null;
  busy: boolean;
  look: (wanted: Wanted) => void;
}

const FIRST = { moment: null as Moment | null, before: false, error: null as string | null, busy: true };

/**
 * Reads a job as it was. One question at a time; of those asked meanwhile only the last one is, so that a drag never queues.
 * What was lost on the way is asked again, unless something else is by then.
 */
export function useMoment(job: string, first: Wanted): MomentState {
  const [state, setState] = useState(FIRST);
  const next = useRef<Wanted | null>(null);
  const worker = useRef<Worker>(null);
  const look = useCallback((wanted: Wanted) => {
    next.current = wanted;
    setState((known) => (known.busy ? known : { ...known, busy: true }));
    worker.current?.wake();
    worker.current?.go();
  }, []);
  const begin = useRef(first);
  useEffect(() => {
    let current = true;
    async function ask(wanted: Wanted) {
      next.current = null;
      const { data, error } = await reader.query(MomentQuery, { job, ...wanted }).toPromise();
      if (!current) return true;
      const isLost = error !== undefined && mayPass(error);
      if (isLost) next.current ??= wanted;
      setState((known) => told(known, data?.jobAt ?? null, error, next.current !== null));
      return !isLost;
    }
    worker.current = startWorker(() => {
      const wanted = next.current;
      return wanted === null ? null : () => ask(wanted);
    });
    setState(FIRST);
    look(begin.current);
    return () => {
      current = false;
      worker.current?.stop();
    };
  }, [job, look]);
  return { ...state, look };
}

function told(known: typeof FIRST, moment: Moment | null, error: CombinedError | undefined, busy: boolean): typeof FIRST {
  const words = error === undefined ? null : wordsOf(error);
  return { moment: moment ?? known.moment, before: error === undefined && moment === null, error: words, busy };
}
