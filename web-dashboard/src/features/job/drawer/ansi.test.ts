import { describe, expect, it } from "vitest";
import { parseAnsi, plainText } from "./ansi";

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
const sgr = (codes: string) => `${ESCAPE}[${codes}m`;

describe("output with colours", () => {
  it("is one span where there are none", () => {
    expect(parseAnsi("plain")).toEqual([{ text: "plain", colour: null, bold: false, dim: false, underline: false }]);
    expect(parseAnsi("")).toEqual([]);
  });

  it("changes style from sequence to sequence", () => {
    const spans = parseAnsi(`a${sgr("1;31")}b${sgr("22")}c${sgr("0")}d`);
    expect(spans.map(({ text, colour, bold }) => [text, colour, bold])).toEqual([
      ["a", null, false],
      ["b", "red", true],
      ["c", "red", false],
      ["d", null, false],
    ]);
  });

  it("knows bright colours, faint and underlined text", () => {
    expect(parseAnsi(`${sgr("92;2;4")}x`)[0]).toEqual({ text: "x", colour: "green", bold: false, dim: true, underline: true });
    expect(parseAnsi(`${sgr("31")}${sgr("39")}x`)[0]?.colour).toBeNull();
    expect(parseAnsi(`${sgr("31")}${sgr("")}x`)[0]?.colour).toBeNull();
  });

  it("passes over colours of larger palettes with their arguments", () => {
    expect(parseAnsi(`${sgr("38;5;1;4")}x`)[0]).toMatchObject({ colour: null, bold: false, underline: true });
    expect(parseAnsi(`${sgr("48;2;1;4;31;1")}x`)[0]).toMatchObject({ colour: null, bold: true, underline: false });
  });

  it("leaves out what moves the cursor or names the window", () => {
    expect(plainText(`${ESCAPE}[2K${ESCAPE}[1Gdone${ESCAPE}]0;title${BELL}!${ESCAPE}[?25h`)).toBe("done!");
  });

  it("shows the last writing of a line that was written over", () => {
    expect(plainText("10%\r50%\r100%")).toBe("100%");
    expect(plainText("windows line\r")).toBe("windows line");
  });
});
