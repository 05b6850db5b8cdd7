import { useCallback, useEffect, useRef, useState } from "react";
import { useReconnections } from "../api/live";
import { type EventLog, NOTHING_TOLD, openLog, type Told } from "./eventLog";
import { type EventFilter, ofLog, type ReadEvents } from "./readEvents";

export interface Events extends Told {
  /** Reads older ones, where there are any, once. */
  older: () => void;
  /** Shows the newer ones that were held back. */
  showFresh: () => void;
  /** Told at every scroll: the first row in sight. */
  onSight: (first: number) => void;
}

/** Events newest first: older ones page by page, new ones as they are recorded. */
export function useEvents(filter: EventFilter, read: ReadEvents = ofLog): Events {
  const key = JSON.stringify(filter);
  const [told, setTold] = useState(NOTHING_TOLD);
  const log = useRef<EventLog>(null);
  useEffect(() => {
    const asked = JSON.parse(key) as EventFilter;
    setTold(NOTHING_TOLD);
    log.current = openLog(asked, (after) => read(asked, after), setTold);
    return () => log.current?.stop();
  }, [key, read]);
  const connected = useReconnections();
  useEffect(() => log.current?.wake(), [connected]);

  const older = useCallback(() => log.current?.older(), []);
  const showFresh = useCallback(() => log.current?.showFresh(), []);
  const onSight = useCallback((first: number) => log.current?.setAtTop(first === 0), []);
  return { ...told, older, showFresh, onSight };
}
