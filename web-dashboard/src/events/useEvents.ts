import { useCallback, useEffect, useRef, useState } from "react";
import { reader } from "../api/client";
import { subscribe } from "../api/live";
import { EventsLive, EventsQuery, HostEventsQuery, type RecordedEvent } from "./events.query";

const PAGE = 100;
/** A long night's events would fill the memory; older ones are read again when somebody scrolls there. */
const MOST = 3_000;

export interface EventFilter {
  stream?: string;
  /** The job's id: its events are read alone. */
  job?: string;
  kinds?: readonly string[];
  host?: string;
  actor?: string;
  from?: string;
  to?: string;
}

/** A page of events, newest first. */
export interface EventPage {
  nodes: readonly RecordedEvent[];
  continueAfter: string;
  pageInfo: { hasNextPage: boolean };
}

interface Answer {
  page: EventPage | undefined;
  error: string | undefined;
}

/** Reads the events before a cursor that fit a filter. It must be the same function at every render. */
export type ReadEvents = (filter: EventFilter, first: number, after: string | null) => Promise<Answer>;

const ofLog: ReadEvents = async (filter, first, after) => {
  const { data, error } = await reader.query(EventsQuery, { first, after, filter: filter as { kinds?: string[] } }).toPromise();
  return { page: data?.events, error: error?.message };
};

/** Reads what is recorded about one host, without a walk through the whole log. */
export const ofHost: ReadEvents = async ({ host = "" }, first, after) => {
  const { data, error } = await reader.query(HostEventsQuery, { first, after, host }).toPromise();
  return { page: data?.host?.events, error: error?.message };
};

export interface Events {
  events: readonly RecordedEvent[];
  more: boolean;
  loading: boolean;
  error: string | null;
  older: () => void;
}

const FIRST = { events: [] as readonly RecordedEvent[], more: false, loading: true, error: null as string | null };

/** Events newest first: older ones page by page, new ones as they are recorded. */
export function useEvents(filter: EventFilter, pages: ReadEvents = ofLog): Events {
  const key = JSON.stringify(filter);
  const [state, setState] = useState(FIRST);
  const cursor = useRef<string | null>(null);
  const busy = useRef(false);

  const read = useCallback(
    async (after: string | null) => {
      const { page, error } = await pages(JSON.parse(key) as EventFilter, PAGE, after);
      if (error !== undefined) setState((before) => ({ ...before, loading: false, error }));
      return page;
    },
    [key, pages],
  );
  useEffect(() => {
    let stop = () => undefined as void;
    let current = true;
    setState(FIRST);
    async function start() {
      const page = await read(null);
      if (page === undefined || !current) return;
      cursor.current = page.continueAfter;
      setState({ events: page.nodes, more: page.pageInfo.hasNextPage, loading: false, error: null });
      // Where nothing fits, the log is not read a second time from its beginning.
      let position = page.nodes[0]?.position ?? null;
      stop = subscribe(EventsLive, () => ({ after: position, filter: JSON.parse(key) }), {
        next({ events }) {
          position = events.position;
          if (events.events.length > 0) setState((before) => grown(before, events.events));
        },
        refused: ([error]) => setState((before) => ({ ...before, error: error?.message ?? null })),
      });
    }
    void start();
    return () => {
      current = false;
      stop();
    };
  }, [read, key]);

  const older = useCallback(async () => {
    if (busy.current || cursor.current === null) return;
    busy.current = true;
    const page = await read(cursor.current);
    busy.current = false;
    if (page === undefined) return;
    cursor.current = page.continueAfter;
    setState((before) => ({ ...before, more: page.pageInfo.hasNextPage, events: [...before.events, ...page.nodes] }));
  }, [read]);
  return { ...state, older: () => void older() };
}

function grown(before: typeof FIRST, fresh: readonly RecordedEvent[]): typeof FIRST {
  const events = [...fresh.toReversed(), ...before.events];
  const full = events.length > MOST;
  return { ...before, events: full ? events.slice(0, MOST) : events, more: full ? false : before.more };
}
