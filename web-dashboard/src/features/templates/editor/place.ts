/* Where the cursor is in a YAML text that is being written: the keys above it, and what else was given there. It reads
   what authors of templates write, block and flow maps and lists, and forgives whatever is not finished. */

export type Path = readonly (string | number)[];

/** What is known of a text and a place in it. */
export interface Place {
  /** Where a key is written: the map it is in. Where a value is written: the value. */
  path: Path;
  kind: "key" | "value";
  /** What stands between the beginning of the key or value and the cursor, and where that begins. */
  typed: string;
  from: number;
}

/** A text as far as it can be told without judging it: every plain value by its path, and the place asked for. */
export interface Outline {
  values: ReadonlyMap<string, string>;
  place: Place | null;
}

interface Frame {
  indent: number;
  /** The key of a map that is being filled, or the place in a list. */
  at: string | number | null;
}

const KEY = /^("[^"]*"|'[^']*'|[^\s#:{}[\],"'&*!|>%@`-][^:#{}[\],]*?)\s*:(?=\s|$)/;

export const pathText = (path: Path): string => path.join("/");

const unquoted = (text: string) => text.replace(/^(["'])(.*)\1$/, "$2");

export function outline(text: string, cursor: number): Outline {
  return new Scanner(text, cursor).read();
}

class Scanner {
  private readonly values = new Map<string, string>();
  private place: Place | null = null;
  private frames: Frame[] = [];
  /** Lines deeper than this belong to a text in place (`|`). */
  private verbatim: number | null = null;

  constructor(
    private readonly text: string,
    private readonly cursor: number,
  ) {}

  read(): Outline {
    let at = 0;
    while (at <= this.text.length) {
      const newline = this.text.indexOf("\n", at);
      const end = newline === -1 ? this.text.length : newline;
      at = Math.max(this.line(at, end), end) + 1;
    }
    return { values: this.values, place: this.place };
  }

  /** Reads a line, and more where a flow map goes on; answers where it stopped. */
  private line(start: number, end: number): number {
    const line = this.text.slice(start, end);
    const content = line.trimStart();
    let indent = line.length - content.length;
    const here = this.cursor >= start && this.cursor <= end;
    if (this.verbatim !== null) {
      // An empty line may still belong to the text; one that is written on less deep does not.
      if (here && content === "" && this.cursor - start <= this.verbatim) this.blank(this.cursor - start);
      if (content === "" || indent > this.verbatim) return end;
      this.verbatim = null;
    }
    if (content === "" || content.startsWith("#")) {
      if (here && content === "") this.blank(this.cursor - start);
      return end;
    }
    this.leave(indent, content.startsWith("- ") || content === "-");
    let from = start + indent;
    let rest = content;
    while (rest.startsWith("- ") || rest === "-") {
      this.nextItem(indent);
      const gap = rest.length - rest.slice(1).trimStart().length;
      indent += gap;
      from += gap;
      rest = rest.slice(gap);
    }
    const key = KEY.exec(rest);
    if (key === null) return this.value(from, end, here && this.cursor >= from, true, indent);
    this.enterKey(indent, unquoted(key[1] ?? ""));
    if (here && this.cursor >= from && this.cursor < from + key[0].length) this.typing("key", this.path().slice(0, -1), from);
    const after = rest.slice(key[0].length);
    const valueFrom = from + key[0].length + (after.length - after.trimStart().length);
    return this.value(valueFrom, end, here && this.cursor >= from + key[0].length, false, indent);
  }

  /** What stands after a key or a dash: a scalar, a flow map or list, or a text in place. */
  private value(from: number, end: number, here: boolean, mayBeKey: boolean, indent: number): number {
    const raw = this.text.slice(from, end);
    if (raw.startsWith("{") || raw.startsWith("[")) return this.flow(from);
    if (/^[|>][-+0-9]*\s*(#.*)?$/.test(raw)) this.verbatim = indent;
    else if (raw !== "") this.values.set(pathText(this.path()), unquoted(raw.replace(/\s+#.*$/, "").trimEnd()));
    if (!here) return end;
    // A word alone may become a key of a map that begins here.
    const begun = this.frames.at(-1);
    if (mayBeKey && (begun === undefined || begun.indent < indent || typeof begun.at === "string")) {
      this.typing("key", begun?.indent === indent ? this.path().slice(0, -1) : this.path(), Math.min(from, this.cursor));
    } else {
      this.typing("value", this.path(), Math.min(from, this.cursor));
    }
    return end;
  }

  /** An empty line: a key of whatever map its indentation belongs to. */
  private blank(indent: number): void {
    const kept = this.frames;
    this.frames = kept.filter((frame) => frame.indent <= indent);
    const last = this.frames.at(-1);
    // Beside its dashes a list takes no key; the map above it goes on.
    if (last !== undefined && typeof last.at === "number" && last.indent === indent) this.frames.pop();
    const inside = this.frames.at(-1);
    const path = this.path();
    this.typing("key", inside !== undefined && inside.indent === indent ? path.slice(0, -1) : path, this.cursor);
    this.frames = kept;
  }

  private typing(kind: Place["kind"], path: Path, from: number): void {
    this.place = { kind, path, from, typed: this.text.slice(from, this.cursor) };
  }

  private leave(indent: number, isItem: boolean): void {
    for (;;) {
      const last = this.frames.at(-1);
      if (last === undefined) return;
      const isOver = last.indent > indent || (last.indent === indent && typeof last.at === "number" && !isItem);
      if (!isOver) return;
      this.frames.pop();
    }
  }

  private nextItem(indent: number): void {
    const last = this.frames.at(-1);
    if (last !== undefined && last.indent === indent && typeof last.at === "number") last.at += 1;
    else this.frames.push({ indent, at: 0 });
  }

  private enterKey(indent: number, key: string): void {
    const last = this.frames.at(-1);
    if (last !== undefined && last.indent === indent && typeof last.at === "string") last.at = key;
    else this.frames.push({ indent, at: key });
  }

  private path(): (string | number)[] {
    return this.frames.map(({ at }) => at).filter((at) => at !== null);
  }

  /** `{a: b, c: [d]}`, over as many lines as it takes; answers where it ends, or where the text does. */
  private flow(start: number): number {
    const outer = this.path();
    const open: { isMap: boolean; at: string | number | null; from: number }[] = [];
    const where = () => [...outer, ...open.map(({ at }) => at).filter((at) => at !== null)];
    let token = start;
    const close = (end: number) => {
      const inside = open.at(-1);
      if (inside === undefined) return;
      const text = this.text.slice(token, end).trim();
      if (text !== "" && (!inside.isMap || inside.at !== null)) this.values.set(pathText(where()), unquoted(text));
      if (this.cursor < token || this.cursor > end) return;
      const from = Math.min(token + (/^\s*/.exec(this.text.slice(token, end))?.[0].length ?? 0), this.cursor);
      const writesKey = inside.isMap && inside.at === null;
      this.typing(writesKey ? "key" : "value", where(), from);
    };
    let at = start;
    for (; at < this.text.length; at += 1) {
      const letter = this.text[at];
      const inside = open.at(-1);
      if (letter === '"' || letter === "'") {
        const end = this.text.indexOf(letter, at + 1);
        const newline = this.text.indexOf("\n", at + 1);
        // An open quotation ends with its line: the author is in the middle of it.
        at = end === -1 || (newline !== -1 && end > newline) ? (newline === -1 ? this.text.length : newline) : end;
      } else if (letter === "{" || letter === "[") {
        open.push({ isMap: letter === "{", at: letter === "{" ? null : 0, from: at });
        token = at + 1;
      } else if (letter === "}" || letter === "]") {
        close(at);
        open.pop();
        token = at + 1;
        if (open.length === 0) return at;
      } else if (letter === "," && inside !== undefined) {
        close(at);
        inside.at = typeof inside.at === "number" ? inside.at + 1 : null;
        token = at + 1;
      } else if (letter === ":" && inside?.isMap === true && inside.at === null && /[\s,}]/.test(this.text[at + 1] ?? " ")) {
        const key = this.text.slice(token, at).trim();
        if (this.cursor >= token && this.cursor <= at) close(at);
        inside.at = unquoted(key);
        token = at + 1;
      } else if (letter === "\n" && /^\s*(- |[A-Za-z_]+:(\s|$))/.test(lineAfter(this.text, at)) && !/[,{[]\s*$/.test(this.text.slice(token - 1, at))) {
        // A key at the beginning of a line: the bracket before was not closed yet.
        break;
      }
    }
    close(at);
    return at;
  }
}

function lineAfter(text: string, at: number): string {
  const end = text.indexOf("\n", at + 1);
  return text.slice(at + 1, end === -1 ? text.length : end);
}
