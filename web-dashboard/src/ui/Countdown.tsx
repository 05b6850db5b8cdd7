import { countdown } from "../format";
import { useNow } from "../useFormat";

/** What is left until a moment, by the second. */
export function Countdown({ until }: { until: string }) {
  const now = useNow();
  return <time dateTime={until}>{countdown(until, now)}</time>;
}
