import type { TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useThrottled } from "../useThrottled";
import { reader } from "./client";
import { mayPass, wordsOf } from "./errors";
import { useReconnections } from "./live";
import { type Pager, type Read, rowsOf, type Shown, startPager } from "./pager";

const PAGE = 100;
const FRESH_EVERY = 1_500;

/** A page as the server tells it: a Relay connection. `totalCount` is null where only looking at everything could tell. */
export interface Connection<Row> {
  nodes: readonly Row[];
  totalCount: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Pages<Row> {
  rows: readonly Row[];
  total: number | null;
  more: boolean;
  /** Nothing is there yet, and nothing went wrong. */
  loading: boolean;
  /** Whether the rows are those of other variables, because the ones there are now are still being read. */
  stale: boolean;
  /** Why the last read failed. It stands beside the rows there are, and goes with the next one that works. */
  error: string | null;
  /** Reads the next page, once. */
  next: () => void;
}

/** Which list is read, and how: the document takes `first` and `after` besides `variables`. */
export interface Listing<Data, Variables, Row> {
  document: TypedDocumentNode<Data, Variables & { first: number; after: string | null }>;
  /** A change of these begins the list anew. */
  variables: Variables;
  /** The list in an answer; it must be the same function at every render. */
  of: (data: Data) => Connection<Row> | undefined;
  /** Whether the rows there are stay until those of other variables are read: where what is looked for is typed. */
  gently?: boolean;
}

interface State<Row> extends Shown<Row> {
  /** The variables that `pages` were read with. */
  of: string | null;
  /** Those that `failure` is about. */
  failed: string | null;
}

/**
 * A list page by page, as far as was scrolled. When `position` has moved (of the log, or a clock), and when the connection
 * has come back, the pages in sight are read again.
 */
export function usePages<Data, Variables extends object, Row>(
  { document, variables, of, gently = false }: Listing<Data, Variables, Row>,
  position: number,
  inSight: () => [number, number],
): Pages<Row> {
  const key = JSON.stringify(variables);
  const [state, setState] = useState<State<Row>>({ pages: [], total: null, failure: null, of: null, failed: null });
  const pager = useRef<Pager>(null);
  const sight = useRef(inSight);
  useEffect(() => {
    sight.current = inSight;
  });
  useEffect(() => {
    const show = (shown: Shown<Row>) =>
      setState((before) => (shown.pages.length === 0 ? { ...before, failure: shown.failure, failed: key } : { ...shown, of: key, failed: key }));
    pager.current = startPager((after) => read(document, of, key, after), () => sight.current(), show);
    return () => pager.current?.stop();
  }, [document, of, key]);

  const version = useThrottled(position, FRESH_EVERY);
  useEffect(() => pager.current?.refresh(false), [version]);
  const connected = useReconnections();
  useEffect(() => pager.current?.refresh(true), [connected]);

  const isOwn = state.of === key;
  const { pages } = state;
  const rows = useMemo(() => (isOwn || gently ? rowsOf(pages, keyOf) : []), [pages, isOwn, gently]);
  const last = isOwn ? pages.at(-1) : undefined;
  const error = state.failed === key ? state.failure : null;
  const next = useCallback(() => pager.current?.next(), []);
  return {
    rows,
    total: isOwn ? state.total : null,
    more: last?.more ?? false,
    loading: error === null && !isOwn && rows.length === 0,
    stale: !isOwn && rows.length > 0,
    error,
    next,
  };
}

async function read<Data, Row>(
  document: TypedDocumentNode<Data, never>,
  of: (data: Data) => Connection<Row> | undefined,
  key: string,
  after: string | null,
): Promise<Read<Row>> {
  const asked = { ...(JSON.parse(key) as object), first: PAGE, after } as never;
  const { data, error } = await reader.query(document, asked).toPromise();
  const list = data === undefined || data === null ? undefined : of(data);
  if (error !== undefined) return { failure: wordsOf(error), mayPass: mayPass(error) };
  // What the list belongs to is not there: there is nothing in it either.
  const { nodes, totalCount, pageInfo } = list ?? { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null } };
  return { rows: nodes, total: totalCount, more: pageInfo.hasNextPage, end: pageInfo.endCursor };
}

/** What tells a row from others: its id, or everything it says. */
function keyOf(row: unknown): string {
  return (row as { id?: string }).id ?? JSON.stringify(row);
}
