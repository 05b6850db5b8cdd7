import { useEffect, useState } from "react";
import { useAddress } from "../../useAddress";
import { neighbours } from "./course";
import type { History } from "./replay.query";
import { type MomentState, useMoment, type Wanted } from "./useMoment";

/** The address follows where one looks once that has come to rest. */
const REST = 400;

/** Where one looks in a job's time, and how to look elsewhere. */
export interface Where extends Omit<MomentState, "look"> {
  /** The moment under the thumb: the one that is wanted, also while it is read. */
  at: string;
  isLast: boolean;
  toMoment: (at: string) => void;
  toPosition: (position: number) => void;
  toFirst: () => void;
  toLast: () => void;
  /** To the milestone before or after; `null` where there is none. */
  toBefore: (() => void) | null;
  toAfter: (() => void) | null;
  step: (by: -1 | 1) => void;
  /** Some time on. Whether there is more after that. */
  advance: (milliseconds: number) => boolean;
}

export function useWhere(job: string, history: History): Where {
  const [asked, setAsked] = useAddress("at");
  const { look, ...state } = useMoment(job, firstOf(asked));
  // A moment between two events: the thumb stays there, and not at the event before.
  const [between, setBetween] = useState<string | null>(null);
  const [moved, setMoved] = useState(false);
  const { moment } = state;
  const position = moment?.position ?? history.lastPosition;
  const at = between ?? moment?.at ?? history.to;

  useEffect(() => {
    if (!moved) return undefined;
    const timer = setTimeout(() => setAsked(String(position)), REST);
    return () => clearTimeout(timer);
  }, [moved, position, setAsked]);

  const go = (wanted: Wanted) => {
    setMoved(true);
    setBetween(wanted.at ?? null);
    look(wanted);
  };
  const toPosition = (position: number) => go({ position });
  const { before, after } = neighbours(history.marks, position);
  return {
    ...state,
    at,
    isLast: position >= history.lastPosition,
    toMoment: (at) => go({ at }),
    toPosition,
    toFirst: () => toPosition(history.firstPosition),
    toLast: () => toPosition(history.lastPosition),
    toBefore: before === undefined ? null : () => toPosition(before.position),
    toAfter: after === undefined ? null : () => toPosition(after.position),
    step(by) {
      if (moment === null) return;
      const next = by === -1 ? Math.max(moment.position - 1, history.firstPosition) : moment.nextPosition;
      if (next !== null) toPosition(next);
    },
    advance(milliseconds) {
      const [next, end] = [Date.parse(at) + milliseconds, Date.parse(history.to)];
      if (next >= end) toPosition(history.lastPosition);
      else go({ at: new Date(next).toISOString() });
      return next < end;
    },
  };
}

function firstOf(asked: string): Wanted {
  return /^\d+$/.test(asked) ? { position: Number(asked) } : {};
}
