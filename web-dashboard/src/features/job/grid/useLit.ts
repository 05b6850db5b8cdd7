import { useEffect, useMemo } from "react";
import { useQuery } from "urql";
import { indexesOf } from "../../../rollout/grid/model";
import { useThrottled } from "../../../useThrottled";
import { ClusterIndexesQuery } from "./lit.query";

const FRESH_EVERY = 1_500;

/** The hosts that failed with an error; `null` when none is chosen. */
export function useLit(job: string, error: string | null, position: number): ReadonlySet<number> | null {
  const [answer, refetch] = useQuery({ query: ClusterIndexesQuery, variables: { job }, pause: error === null });
  const version = useThrottled(position, FRESH_EVERY);
  useEffect(() => {
    if (error !== null) refetch({ requestPolicy: "network-only" });
  }, [error, version, refetch]);
  const packed = answer.data?.job?.failureClusters.find((cluster) => cluster.error === error)?.indexes;
  return useMemo(
    () => (error === null || packed === undefined ? null : new Set(indexesOf(packed))),
    [error, packed],
  );
}
