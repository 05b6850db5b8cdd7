import { Text } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { marksOf } from "./diagnostics";

const found = (line: number, column: number) => ({ severity: "ERROR" as const, line, column, message: "bad", help: "write good" });
const marked = (text: string, line: number, column: number) => {
  const document = Text.of(text.split("\n"));
  const [mark] = marksOf([found(line, column)], document);
  return mark === undefined ? null : document.sliceString(mark.from, mark.to);
};

describe("marks", () => {
  it("reach from the place to the end of the word", () => {
    expect(marked("template: t\nworkflow: nothing here", 2, 11)).toBe("nothing");
  });

  it("count characters as people do", () => {
    expect(marked("description: 🚀🚀 lift", 1, 17)).toBe("lift");
  });

  it("stay in the text when the server speaks of an older, longer one", () => {
    expect(marked("a: b", 9, 40)).toBe("");
    expect(marked("", 1, 1)).toBe("");
  });

  it("say what to write instead", () => {
    expect(marksOf([found(1, 1)], Text.of(["x"]))[0]?.message).toBe("bad\nwrite good");
  });
});
