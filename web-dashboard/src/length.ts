/* Lengths of time as Stagger writes them everywhere: `1h30m`, `45s`, `250ms`. */

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WRITTEN = ["d", "h", "m", "s", "ms"] as const;

/** Milliseconds; nothing at all is none, and `null` what cannot be read. */
export function readLength(text: string): number | null {
  const rest = text.trim();
  if (rest === "") return 0;
  if (!/^(?:\d+\s*[a-z]+\s*)+$/.test(rest)) return null;
  let total = 0;
  for (const [, count, unit = ""] of rest.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const each = UNITS[unit];
    if (each === undefined) return null;
    total += Number(count) * each;
  }
  return total;
}

export function writeLength(milliseconds: number): string {
  let rest = milliseconds;
  let text = "";
  for (const unit of WRITTEN) {
    const each = UNITS[unit] ?? 1;
    const count = Math.floor(rest / each);
    rest -= count * each;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}
