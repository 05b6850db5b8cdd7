/* Which hosts the list shows: what the address says of them, in the terms of the API. */
import { written } from "../../selector/completion";
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
 * The hosts of the list as a selector: what was typed, and a text in the name as a pattern. What jobs make of a host, and a
 * text that no pattern says, no selector tells: those hosts are named; `null` where they are too many for that, or not all
 * read yet.
 */
export function selectorOf({ selector, search }: Choice, sieve: Sieve, names: readonly string[], total: number | null): string | null {
  const isWhole = names.length === total && total > 0;
  const pattern = search === null ? "" : patternOf(search, isWhole && names.every((name) => name.includes(search)));
  if (sieve !== "all" || pattern === null) {
    return isWhole && total <= MOST_NAMED && !names.some((name) => SPECIAL.test(name)) ? `name in (${names.map(written).join(", ")})` : null;
  }
  const test = pattern === "" ? null : `name=${pattern}`;
  if (selector === null) return test ?? "all";
  if (test === null) return selector;
  return `${/\bor\b/.test(selector) ? `(${selector})` : selector} and ${test}`;
}

/** What means something in a pattern, or ends a text in quotation marks. */
const SPECIAL = /[*?[\]{}"]/;

/**
 * A text anywhere in a name, as a pattern. The search does not tell capitals from small letters, and a pattern does: unless
 * the text is known to fit as it is, each letter is either. `null` where no pattern says it.
 */
function patternOf(text: string, fits: boolean): string | null {
  if (SPECIAL.test(text)) return null;
  const either = (letter: string) => {
    const [small, large] = [letter.toLowerCase(), letter.toUpperCase()];
    return small === large || small.length !== large.length ? letter : `[${small}${large}]`;
  };
  const pattern = `*${fits ? text : Array.from(text, either).join("")}*`;
  return /^[\p{L}\d._/@+-]+$/u.test(text) ? pattern : `"${pattern}"`;
}
