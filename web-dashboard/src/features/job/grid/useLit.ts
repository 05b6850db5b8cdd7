import { useMemo } from "react";
import type { Job } from "../job.query";
import type { GridModel } from "./model";

/** The hosts that ended as those of an error did, at the same step; `null` when none is chosen. */
export function useLit(job: Job, error: string | null, model: GridModel): ReadonlySet<number> | null {
  return useMemo(() => {
    const cluster = job.failureClusters.find((cluster) => cluster.error === error);
    if (cluster === undefined) return null;
    const step = job.steps.find((step) => step.step === cluster.step)?.index ?? null;
    const lit = new Set<number>();
    for (let host = 0; host < model.hosts; host += 1) {
      const state = model.state(host);
      if (state?.outcome === cluster.outcome && state.step === step) lit.add(host);
    }
    return lit;
  }, [job, error, model]);
}
