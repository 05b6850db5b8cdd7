import { useEffect, useState } from "react";
import { reader } from "../../api/client";
import type { SelectorProblem } from "../../selector/selector.query";
import { useThrottled } from "../../useThrottled";
import type { Choice } from "./choice";
import { type Facets, FacetsQuery } from "./hosts.query";

const VALUES = 8;
const FRESH_EVERY = 5_000;

interface Found {
  /** The labels of the hosts that were chosen last by a selector that can be read. */
  facets: Facets | null;
  /** Which those are; `null` until there was one. */
  readable: Choice | null;
  problem: SelectorProblem | null;
}

const NOTHING: Found = { facets: null, readable: null, problem: null };

/** Which labels the chosen hosts have, and why the selector cannot be read. */
export function useFacets(choice: Choice, clock: number): Found {
  const [found, setFound] = useState(NOTHING);
  const key = JSON.stringify(choice);
  const version = useThrottled(clock, FRESH_EVERY);
  useEffect(() => {
    let current = true;
    void reader
      .query(FacetsQuery, { ...(JSON.parse(key) as Choice), values: VALUES })
      .toPromise()
      .then(({ data }) => {
        if (data === undefined || !current) return;
        const { labels } = data;
        const { problem } = labels;
        setFound((before) => (problem === null ? { facets: labels, readable: JSON.parse(key) as Choice, problem } : { ...before, problem }));
      });
    return () => {
      current = false;
    };
  }, [key, version]);
  return found;
}
