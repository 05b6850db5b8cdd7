import { useAnswer } from "../api/useAnswer";
import { useThrottled } from "../useThrottled";
import { CountHostsQuery, type HostCount } from "./selector.query";

const TYPING = 250;

/** How many hosts a selector chooses, and which, while it is typed; `null` until that is known, and where there is no selector. */
export function useHostCount(selector: string): HostCount | null {
  const settled = useThrottled(selector.trim(), TYPING);
  const { data } = useAnswer(CountHostsQuery, settled === "" ? null : { selector: settled });
  return settled === "" ? null : (data?.countHosts ?? null);
}
