/* What differs between two texts, line by line, with unchanged stretches folded. */
import { diffLines } from "diff";

export type DiffRow =
  | { kind: "same" | "added" | "removed"; text: string; before: number | null; after: number | null }
  | { kind: "folded"; lines: number };

export interface Difference {
  rows: readonly DiffRow[];
  added: number;
  removed: number;
}

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;

export function difference(before: string, after: string): Difference {
  const rows: Exclude<DiffRow, { kind: "folded" }>[] = [];
  let [left, right] = [0, 0];
  for (const { value, added, removed } of diffLines(before, after)) {
    for (const text of value.replace(/\n$/, "").split("\n")) {
      if (!added) left += 1;
      if (!removed) right += 1;
      const kind = added ? "added" : removed ? "removed" : "same";
      rows.push({ kind, text, before: added ? null : left, after: removed ? null : right });
    }
  }
  const count = (kind: DiffRow["kind"]) => rows.filter((row) => row.kind === kind).length;
  return { rows: folded(rows), added: count("added"), removed: count("removed") };
}

function folded(rows: readonly Exclude<DiffRow, { kind: "folded" }>[]): DiffRow[] {
  const isNear = rows.map((_, at) => rows.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== "same"));
  const shown: DiffRow[] = [];
  rows.forEach((row, at) => {
    const last = shown.at(-1);
    if (isNear[at] === true) shown.push(row);
    else if (last?.kind === "folded") last.lines += 1;
    else shown.push({ kind: "folded", lines: 1 });
  });
  return shown;
}
