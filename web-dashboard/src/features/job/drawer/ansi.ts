/* Colours and weights in the output of scripts. Only what changes how text looks is kept; the rest is left out. */

export type AnsiColour = "black" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "white";

const COLOURS: readonly AnsiColour[] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

export interface Style {
  colour: AnsiColour | null;
  bold: boolean;
  dim: boolean;
  underline: boolean;
}

export interface Span extends Style {
  text: string;
}

export const PLAIN: Style = { colour: null, bold: false, dim: false, underline: false };

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

// Control sequences, operating-system commands up to their end, and lone escapes.
const SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[([0-9;:?]*)[ -/]*([@-~])|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[@-Z\\\\-_])`,
  "g",
);

/** A line as spans of one style each. Where a program went back to the beginning of its line, the last writing counts. */
export function parseAnsi(line: string): Span[] {
  const written = line.slice(line.trimEnd().lastIndexOf("\r") + 1);
  const spans: Span[] = [];
  let style = PLAIN;
  let at = 0;
  const push = (text: string) => {
    const clean = text.replaceAll("\r", "");
    if (clean !== "") spans.push({ text: clean, ...style });
  };
  for (const match of written.matchAll(SEQUENCE)) {
    push(written.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === "m") style = restyle(style, match[1] ?? "");
  }
  push(written.slice(at));
  return spans;
}

/** What a reader sees of a line, for searching. */
export function plainText(line: string): string {
  return parseAnsi(line)
    .map(({ text }) => text)
    .join("");
}

function restyle(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    // 38 and 48 choose from larger palettes than ours: their colour is passed over with its arguments.
    if (code === 38 || code === 48) at += codes[at + 1] === 2 ? 4 : 2;
    else style = applied(style, code);
  }
  return style;
}

function applied(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 39) return { ...style, colour: null };
  if (code >= 30 && code <= 37) return { ...style, colour: COLOURS[code - 30] ?? null };
  if (code >= 90 && code <= 97) return { ...style, colour: COLOURS[code - 90] ?? null };
  return style;
}
