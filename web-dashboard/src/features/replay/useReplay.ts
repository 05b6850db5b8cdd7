import { useEffect, useState } from "react";
import { reader } from "../../api/client";
import { type Replayed, ReplayQuery } from "./replay.query";

/** How often the history of a job that goes on is read again. */
const FRESH_EVERY = 15_000;

export interface Replay {
  /** The job with its history; `undefined` until it is read, `null` where there is none. */
  job: Replayed | null | undefined;
  error: string | null;
}

/** What the slider stands on. It grows while the job does. */
export function useReplay(ulid: string): Replay {
  const [replay, setReplay] = useState<Replay>({ job: undefined, error: null });
  const goesOn = replay.job?.status !== "FINISHED";
  useEffect(() => {
    let current = true;
    async function read() {
      const { data, error } = await reader.query(ReplayQuery, { job: ulid }).toPromise();
      if (!current) return;
      setReplay((before) => ({ job: data === undefined ? before.job : data.job, error: error?.message ?? null }));
    }
    void read();
    const timer = goesOn ? setInterval(() => void read(), FRESH_EVERY) : undefined;
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [ulid, goesOn]);
  return replay;
}
