/* Which hosts the list shows: what the address says of them, in the terms of the API. */
import { FAILED_OUTCOMES } from "../../tones";
import type { HostFilter } from "./hosts.query";

export const SIEVES = ["all", "outOfService", "person", "leased", "failed", "unreachable"] as const;
export type Sieve = (typeof SIEVES)[number];

const FILTER: Record<Sieve, HostFilter> = {
  all: {},
  outOfService: { outOfService: true },
  person: { needsAPerson: true },
  leased: { leased: true },
  failed: { lastOutcome: FAILED_OUTCOMES },
  unreachable: { lastOutcome: ["UNREACHABLE"] },
};

export function sieveOf(text: string): Sieve {
  return SIEVES.find((sieve) => sieve === text) ?? "all";
}

export interface Choice {
  selector: string | null;
  search: string | null;
  filter: HostFilter;
}

export function choiceOf(selector: string, search: string, sieve: Sieve): Choice {
  const given = (text: string) => (text.trim() === "" ? null : text.trim());
  return { selector: given(selector), search: given(search), filter: FILTER[sieve] };
}

/** How many hosts may be named one by one in a selector that people still read. */
const MOST_NAMED = 200;

/**
 * The hosts of the list as a selector: what was typed, and a text in the name as a pattern. What jobs make of a host no
 * selector says, so those hosts are named; `null` where they are too many for that, or not all read yet.
 */
export function selectorOf({ selector, search }: Choice, sieve: Sieve, names: readonly string[], total: number | null): string | null {
  if (sieve !== "all") {
    return names.length === total && total > 0 && total <= MOST_NAMED ? `name in (${names.join(", ")})` : null;
  }
  const pattern = search === null ? null : `name=*${search}*`;
  if (selector === null) return pattern ?? "all";
  if (pattern === null) return selector;
  return `${/\bor\b/.test(selector) ? `(${selector})` : selector} and ${pattern}`;
}
