import type { TypedDocumentNode } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useThrottled } from "../useThrottled";
import { reader } from "./client";

const PAGE = 100;
const FRESH_EVERY = 1_500;

/** A page as the server tells it: a Relay connection. `totalCount` is null where only looking at everything could tell. */
export interface Connection<Row> {
  nodes: readonly Row[];
  totalCount: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface Page<Row> {
  rows: readonly Row[];
  after: string | null;
}

export interface Pages<Row> {
  rows: readonly Row[];
  total: number | null;
  more: boolean;
  loading: boolean;
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
}

/**
 * A list page by page, as far as was scrolled. When `position` has moved (of the log, or a clock), the pages in sight are
 * read again.
 */
export function usePages<Data, Variables extends object, Row>(
  { document, variables, of }: Listing<Data, Variables, Row>,
  position: number,
  inSight: () => [number, number],
): Pages<Row> {
  const key = JSON.stringify(variables);
  const [pages, setPages] = useState<readonly Page<Row>[]>([]);
  const [state, setState] = useState({ total: null as number | null, more: false, loading: true, error: null as string | null });
  const cursor = useRef<string | null>(null);
  const busy = useRef(false);
  const version = useThrottled(position, FRESH_EVERY);

  const read = useCallback(
    async (after: string | null) => {
      const asked = { ...(JSON.parse(key) as Variables), first: PAGE, after };
      const { data, error } = await reader.query(document, asked).toPromise();
      if (error !== undefined) setState((before) => ({ ...before, loading: false, error: error.message }));
      return data === undefined || data === null ? undefined : of(data);
    },
    [document, of, key],
  );
  const append = useCallback(
    async (after: string | null, isCurrent: () => boolean) => {
      busy.current = true;
      const list = await read(after);
      busy.current = false;
      if (list === undefined || !isCurrent()) return;
      cursor.current = list.pageInfo.endCursor;
      const page = { rows: list.nodes, after };
      setPages((before) => (after === null ? [page] : [...before, page]));
      setState({ total: list.totalCount, more: list.pageInfo.hasNextPage, loading: false, error: null });
    },
    [read],
  );
  useEffect(() => {
    let current = true;
    setPages([]);
    setState({ total: null, more: false, loading: true, error: null });
    void append(null, () => current);
    return () => {
      current = false;
    };
  }, [append]);

  const shown = useRef({ pages, inSight });
  useEffect(() => {
    shown.current = { pages, inSight };
  });
  useEffect(() => {
    let current = true;
    async function refresh() {
      const [first, last] = shown.current.inSight();
      for (let at = Math.floor(first / PAGE); at <= Math.floor(last / PAGE); at += 1) {
        const page = shown.current.pages[at];
        if (page === undefined) continue;
        const list = await read(page.after);
        if (list === undefined || !current) return;
        setPages((before) => before.map((old) => (old.after === page.after ? { ...old, rows: list.nodes } : old)));
        const isLast = at === shown.current.pages.length - 1;
        // Rows that fit by now may have made the last page a full one.
        if (isLast) cursor.current = list.pageInfo.endCursor;
        setState((before) => ({
          ...before,
          total: list.totalCount,
          more: isLast ? list.pageInfo.hasNextPage : before.more,
          error: null,
        }));
      }
    }
    void refresh();
    return () => {
      current = false;
    };
  }, [version, read]);

  const next = useCallback(() => {
    if (!busy.current && cursor.current !== null) void append(cursor.current, () => true);
  }, [append]);
  return { rows: pages.flatMap(({ rows }) => rows), ...state, next };
}
