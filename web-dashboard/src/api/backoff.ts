const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;

/** How long to wait before another try: doubling up to a ceiling, a third of it by chance so that not all come at once. */
export function waitBefore(retries: number, chance: number): number {
  const doubled = Math.min(FIRST_WAIT * 2 ** Math.min(retries, 10), LONGEST_WAIT);
  return Math.round((doubled * (2 + chance)) / 3);
}
