import { useCallback, useEffect, useRef, useState } from "react";
import { subscribe } from "../../api/live";
import { type LogVerification, VerifyLog } from "./audit.query";

export interface Verification {
  /** What was heard last; `null` before it began. */
  told: LogVerification | null;
  refused: string | null;
  running: boolean;
  begin: () => void;
}

const NOTHING = { told: null as LogVerification | null, refused: null as string | null, running: false };

/** Has the server verify its log, and hears how far it is. Leaving the page leaves the server to it. */
export function useVerification(): Verification {
  const [state, setState] = useState(NOTHING);
  const stop = useRef(() => undefined as void);
  useEffect(() => () => stop.current(), []);
  const begin = useCallback(() => {
    stop.current();
    setState({ ...NOTHING, running: true });
    stop.current = subscribe(VerifyLog, () => ({}), {
      next: ({ verifyLog }) => setState({ told: verifyLog, refused: null, running: verifyLog.verified === null }),
      refused: ([error]) => setState((before) => ({ ...before, refused: error?.message ?? "", running: false })),
      complete: () => setState((before) => ({ ...before, running: false })),
    });
  }, []);
  return { ...state, begin };
}
