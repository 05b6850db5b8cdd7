import { useCallback, useEffect, useState } from "react";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";
import type { JobStatus } from "../../tones";
import { type JobRow, JobsQuery } from "./jobs.query";

const PAGE = 50;
const FRESH_EVERY = 4_000;

interface Jobs {
  rows: readonly JobRow[];
  total: number | null;
  next: string | null;
  loading: boolean;
  error: string | null;
}

const FIRST: Jobs = { rows: [], total: null, next: null, loading: true, error: null };

/** Jobs newest first. The first page is read again now and then; older ones when asked for. */
export function useJobs(status: JobStatus | null, search: string): Jobs & { older: () => void } {
  const connected = useSignal(generation);
  const [jobs, setJobs] = useState(FIRST);
  const read = useCallback(
    (after: string | null) => {
      const filter = { ...(status === null ? {} : { status: [status] }), ...(search === "" ? {} : { search }) };
      return reader.query(JobsQuery, { first: PAGE, after, filter }).toPromise();
    },
    [status, search],
  );
  useEffect(() => {
    let current = true;
    async function refresh() {
      const { data, error } = await read(null);
      if (!current) return;
      if (data === undefined) return setJobs((before) => ({ ...before, loading: false, error: error?.message ?? null }));
      const { nodes, pageInfo, totalCount } = data.jobs;
      return setJobs((before) => ({
        // Pages beyond the first stay as they were read.
        rows: [...nodes, ...before.rows.slice(PAGE)],
        total: totalCount,
        next: before.rows.length > PAGE ? before.next : pageInfo.hasNextPage ? pageInfo.endCursor : null,
        loading: false,
        error: null,
      }));
    }
    setJobs(FIRST);
    void refresh();
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, FRESH_EVERY);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [read, connected]);

  async function older() {
    const { data } = await read(jobs.next);
    if (data === undefined) return;
    const { nodes, pageInfo } = data.jobs;
    setJobs((before) => ({ ...before, rows: [...before.rows, ...nodes], next: pageInfo.hasNextPage ? pageInfo.endCursor : null }));
  }
  return { ...jobs, older: () => void older() };
}
