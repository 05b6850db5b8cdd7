import { useCallback, useEffect, useRef, useState } from "react";
import { reader } from "../../api/client";
import { wordsOf } from "../../api/errors";
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

/** Reads a job as it was. One question at a time; of those asked meanwhile only the last one is, so that a drag never queues. */
export function useMoment(job: string, first: Wanted): MomentState {
  const [state, setState] = useState(FIRST);
  const next = useRef<Wanted | null>(null);
  const asking = useRef(false);

  const ask = useCallback(async () => {
    if (asking.current) return;
    asking.current = true;
    for (let wanted = next.current; wanted !== null; wanted = next.current) {
      next.current = null;
      const { data, error } = await reader.query(MomentQuery, { job, ...wanted }).toPromise();
      const moment = data?.jobAt ?? null;
      setState((known) => ({
        moment: moment ?? known.moment,
        before: error === undefined && moment === null,
        error: error === undefined ? null : wordsOf(error),
        busy: next.current !== null,
      }));
    }
    asking.current = false;
  }, [job]);
  const look = useCallback(
    (wanted: Wanted) => {
      next.current = wanted;
      setState((known) => (known.busy ? known : { ...known, busy: true }));
      void ask();
    },
    [ask],
  );
  const begin = useRef(first);
  useEffect(() => {
    setState(FIRST);
    look(begin.current);
  }, [look]);
  return { ...state, look };
}
