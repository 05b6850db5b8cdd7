import { useAnswer } from "../api/useAnswer";
import { useSettled } from "../useThrottled";
import { CountHostsQuery, type HostCount } from "./selector.query";

/** How many hosts a selector chooses; `stale` while that is still the number of another one. */
export type Counted = HostCount & { stale: boolean };

/**
 * How many hosts a selector chooses, and which, while it is typed; `null` until that is known, where it cannot be learned,
 * and where there is no selector.
 */
export function useHostCount(selector: string): Counted | null {
  const typed = selector.trim();
  const settled = useSettled(typed);
  const { data, stale, error } = useAnswer(CountHostsQuery, settled === "" ? null : { selector: settled });
  if (typed === "" || data === null || (stale && error !== null)) return null;
  return { ...data.countHosts, stale: stale || settled !== typed };
}
