import { useCallback, useEffect, useRef, useState } from "react";
import { reader } from "../../../api/client";
import { useThrottled } from "../useThrottled";
import { type HostRow, type HostRunFilter, HostRunsQuery } from "./hosts.query";

const PAGE = 100;
const FRESH_EVERY = 1_500;

interface Page {
  rows: readonly HostRow[];
  after: string | null;
}

export interface Pages {
  rows: readonly HostRow[];
  total: number | null;
  more: boolean;
  loading: boolean;
  error: string | null;
  /** Reads the next page, once. */
  next: () => void;
}

/**
 * A job's hosts page by page, as far as was scrolled. When the job has moved, the pages in sight are read again; a
 * position of the log is what tells.
 */
export function usePages(job: string, filter: HostRunFilter, position: number, inSight: () => [number, number]): Pages {
  const key = JSON.stringify(filter);
  const [pages, setPages] = useState<readonly Page[]>([]);
  const [state, setState] = useState({ total: null as number | null, more: false, loading: true, error: null as string | null });
  const cursor = useRef<string | null>(null);
  const busy = useRef(false);
  const version = useThrottled(position, FRESH_EVERY);

  const read = useCallback(
    async (after: string | null) => {
      const variables = { job, first: PAGE, after, filter: JSON.parse(key) as HostRunFilter };
      const { data, error } = await reader.query(HostRunsQuery, variables).toPromise();
      if (error !== undefined) setState((before) => ({ ...before, loading: false, error: error.message }));
      return data?.job?.hostRuns;
    },
    [job, key],
  );
  const append = useCallback(
    async (after: string | null, isCurrent: () => boolean) => {
      busy.current = true;
      const runs = await read(after);
      busy.current = false;
      if (runs === undefined || !isCurrent()) return;
      cursor.current = runs.pageInfo.endCursor;
      const page = { rows: runs.nodes, after };
      setPages((before) => (after === null ? [page] : [...before, page]));
      setState({ total: runs.totalCount, more: runs.pageInfo.hasNextPage, loading: false, error: null });
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
        const runs = await read(page.after);
        if (runs === undefined || !current) return;
        setPages((before) => before.map((old) => (old.after === page.after ? { ...old, rows: runs.nodes } : old)));
        const isLast = at === shown.current.pages.length - 1;
        // Hosts that fit by now may have made the last page a full one.
        if (isLast) cursor.current = runs.pageInfo.endCursor;
        setState((before) => ({
          ...before,
          total: runs.totalCount,
          more: isLast ? runs.pageInfo.hasNextPage : before.more,
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
