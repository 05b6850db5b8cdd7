import type { Diagnostic as Mark } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { Diagnostic } from "./editor.query";

/** The server's findings where they stand in the text: from their line and column to the end of the word there. */
export function marksOf(diagnostics: readonly Diagnostic[], text: Text): Mark[] {
  return diagnostics.map(({ severity, line, column, message, help }) => {
    const at = text.line(Math.min(Math.max(line, 1), text.lines));
    const from = Math.min(at.from + offsetOf(at.text, column), at.to);
    const word = /^(["'])?[^\s,:[\]{}]+/.exec(text.sliceString(from, at.to))?.[0].length ?? 0;
    return {
      from,
      to: Math.min(from + Math.max(word, 1), at.to),
      severity: severity === "ERROR" ? "error" : "warning",
      message: help === null ? message : `${message}\n${help}`,
    };
  });
}

/** Columns count characters, the editor counts the halves of those that need two. */
function offsetOf(line: string, column: number): number {
  return [...line].slice(0, column - 1).join("").length;
}
