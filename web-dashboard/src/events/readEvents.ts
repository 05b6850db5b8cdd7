import type { CombinedError } from "@urql/core";
import { reader } from "../api/client";
import { EventsQuery, HostEventsQuery, type RecordedEvent } from "./events.query";

const PAGE = 100;

export interface EventFilter {
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

export interface PageRead {
  /** Nothing where what the events are about is not there. */
  page: EventPage | undefined;
  /** Where the log ended before the page was read. */
  position: number;
  error: CombinedError | undefined;
}

/** Reads the events before a cursor that fit a filter. It must be the same function at every render. */
export type ReadEvents = (filter: EventFilter, after: string | null) => Promise<PageRead>;

export const ofLog: ReadEvents = async (filter, after) => {
  const { data, error } = await reader.query(EventsQuery, { first: PAGE, after, filter: filter as { kinds?: string[] } }).toPromise();
  return { page: data?.events, position: data?.server.position ?? 0, error };
};

/** Reads what is recorded about one host, without a walk through the whole log. */
export const ofHost: ReadEvents = async ({ host = "" }, after) => {
  const { data, error } = await reader.query(HostEventsQuery, { first: PAGE, after, host }).toPromise();
  return { page: data?.host?.events, position: data?.server.position ?? 0, error };
};
