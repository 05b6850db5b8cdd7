/* Where on a chart a value stands. Values come from the server; here they only find their place. */

/** Round numbers from 0 to at least `most`, few enough to be read. */
export function ticks(most: number, wanted = 4): readonly number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return evenly(step, most);
}

const LENGTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400].map((seconds) => seconds * 1_000),
);
const DAY = 86_400_000;

/** The same for lengths of time, which are not counted by tens. */
export function lengthTicks(most: number, wanted = 4): readonly number[] {
  if (!(most > 0)) return [0, 1_000];
  const rough = most / wanted;
  const step = LENGTHS.find((length) => length >= rough) ?? DAY * (ticks(rough / DAY, 1).at(-1) ?? 1);
  return evenly(step, most);
}

function evenly(step: number, most: number): number[] {
  const steps = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, at) => at * step);
}

/** Which of so many periods are named under an axis that has room for so many names: evenly, the first one always. */
export function named(count: number, room: number): readonly number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every);
}

/** Runs of periods that have a value: a line is broken where there is none. */
export function runs(values: readonly (number | null)[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  let open: number[] | null = null;
  for (const [at, value] of values.entries()) {
    if (value === null) open = null;
    else if (open === null) found.push((open = [at]));
    else open.push(at);
  }
  return found;
}
