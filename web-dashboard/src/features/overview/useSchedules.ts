import { useEffect, useState } from "react";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";
import { FiringsQuery, type Schedule } from "./overview.query";

const FRESH_EVERY = 20_000;

/** So many of one schedule, so that one that fires often does not hide the others. */
const EACH = 2;

interface Schedules {
  /** `null` until they were read. */
  schedules: readonly Schedule[] | null;
  error: string | null;
}

/** All schedules with their next moments, read again now and then: nothing tells when one was changed. */
export function useSchedules(): Schedules {
  const connected = useSignal(generation);
  const [read, setRead] = useState<Schedules>({ schedules: null, error: null });
  useEffect(() => {
    let current = true;
    async function refresh() {
      const { data, error } = await reader.query(FiringsQuery, { each: EACH }).toPromise();
      if (!current) return;
      if (data === undefined) setRead((before) => ({ ...before, error: error?.message ?? null }));
      else setRead({ schedules: data.schedules, error: null });
    }
    void refresh();
    const timer = setInterval(() => {
      if (!document.hidden) void refresh();
    }, FRESH_EVERY);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [connected]);
  return read;
}
