import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { useThrottled } from "../../../useThrottled";
import type { Job } from "../job.query";
import { COUNTED, type Intent, type Which } from "./action";
import { TouchesQuery } from "./actions.query";

const FRESH_EVERY = 1_000;

export interface Touches {
  /** How many hosts are touched; `null` until the server has said so, and where it need not be asked. */
  hosts: number | null;
  error: string | null;
  /** Whether nobody should agree yet: how many hosts it is about is not known. */
  unknown: boolean;
}

/** How many hosts an action would touch, by the server's word, asked again whenever the job moves. */
export function useTouches(job: Pick<Job, "id" | "position">, intent: Intent, which: Which | null): Touches {
  const counted = COUNTED[intent.kind];
  const variables = { job: job.id, action: intent.kind, which };
  const [{ data, error, operation }, again] = useQuery({ query: TouchesQuery, variables, requestPolicy: "network-only", pause: !counted });
  const version = useThrottled(job.position, FRESH_EVERY);
  const asked = useRef(version);
  useEffect(() => {
    if (!counted || asked.current === version) return;
    asked.current = version;
    again({ requestPolicy: "network-only" });
  }, [counted, version, again]);
  // While another choice is counted, the number of the one before must not stand.
  const isOfThese = JSON.stringify(operation?.variables) === JSON.stringify(variables);
  const hosts = isOfThese && error === undefined ? (data?.job?.touches ?? null) : null;
  return { hosts, error: error?.message ?? null, unknown: counted && hosts === null };
}
