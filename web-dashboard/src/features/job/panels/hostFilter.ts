/* The ways to narrow the list of hosts that people ask for by name. */
import { FAILED_OUTCOMES } from "../../../tones";
import type { HostRunFilter } from "./hosts.query";

export const SIEVES = ["all", "failed", "unreachable", "running", "waiting", "done", "outOfService", "person"] as const;
export type Sieve = (typeof SIEVES)[number];

const FILTER: Record<Sieve, HostRunFilter> = {
  all: {},
  failed: { outcome: FAILED_OUTCOMES },
  unreachable: { outcome: ["UNREACHABLE"] },
  running: { status: ["RUNNING"] },
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
