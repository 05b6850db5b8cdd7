/* The ways to narrow the list of hosts that people ask for by name. */
import type { HostRunFilter } from "./hosts.query";

export const SIEVES = ["all", "failed", "running", "waiting", "done", "outOfService", "person"] as const;
export type Sieve = (typeof SIEVES)[number];

const FILTER: Record<Sieve, HostRunFilter> = {
  all: {},
  failed: { outcome: ["STEP_FAILED", "VERIFICATION_FAILED", "TIMED_OUT", "LOST", "UNREACHABLE"] },
  running: { status: ["RUNNING", "IN_DOUBT"] },
  waiting: { status: ["WAITING", "DEFERRED"] },
  done: { outcome: ["SUCCEEDED", "ALREADY_DONE"] },
  outOfService: { outOfService: true },
  person: { needsAPerson: true },
};

export function sieveOf(text: string): Sieve {
  return SIEVES.find((sieve) => sieve === text) ?? "all";
}

export function filterOf(sieve: Sieve, search: string, batch: string): HostRunFilter {
  const number = Number.parseInt(batch, 10);
  return {
    ...FILTER[sieve],
    ...(search.trim() === "" ? {} : { search: search.trim() }),
    ...(Number.isNaN(number) ? {} : { batch: number }),
  };
}
