/* Which two versions are compared: `2..5` in the address. What is not there, or cannot be read, is the usual. */

export interface Compared {
  from: number;
  to: number;
}

/** The newest version against the one before it, unless the address says otherwise. */
export function comparedOf(text: string, versions: readonly number[]): Compared | null {
  const newest = versions.at(-1);
  if (newest === undefined) return null;
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  const there = (asked: string | undefined, otherwise: number) => versions.find((version) => String(version) === asked) ?? otherwise;
  return { from: there(from, versions.at(-2) ?? newest), to: there(to, newest) };
}

export const comparedText = ({ from, to }: Compared): string => `${from}..${to}`;
