import { describe, expect, it } from "vitest";
import { difference } from "./diff";

const told = (before: string, after: string) =>
  difference(before, after).rows.map((row) => (row.kind === "folded" ? `… ${row.lines}` : `${row.kind} ${row.before ?? "-"} ${row.after ?? "-"} ${row.text}`));

describe("the difference of two texts", () => {
  it("shows what was taken away before what was put there, with the lines of both", () => {
    expect(told("a\nb\nc\n", "a\nB\nc\n")).toEqual(["same 1 1 a", "removed 2 - b", "added - 2 B", "same 3 3 c"]);
  });

  it("folds what is far from any change", () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`);
    const changed = [...lines.slice(0, 11), "another"];
    const rows = told(`${lines.join("\n")}\n`, `${changed.join("\n")}\n`);
    expect(rows[0]).toBe("… 8");
    expect(rows.slice(-2)).toEqual(["removed 12 - line 12", "added - 12 another"]);
  });

  it("is all folded where there is none", () => {
    expect(told("a\nb\n", "a\nb\n")).toEqual(["… 2"]);
    expect(difference("a\n", "a\n")).toMatchObject({ added: 0, removed: 0 });
  });

  it("counts lines", () => {
    expect(difference("a\n", "a\nb\nc\n")).toMatchObject({ added: 2, removed: 0 });
  });
});
