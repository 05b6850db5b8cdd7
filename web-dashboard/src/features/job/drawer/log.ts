/* The lines of an attempt's output, put together from parts of two streams as they arrive. */
import type { Enum } from "../../../api/graphql";

export type OutputStream = Enum<"OutputStream">;

export interface LogLine {
  stream: OutputStream;
  text: string;
  /** Bytes that were not kept at this place; such a line has no text. */
  cut?: number;
}

/** What is read at first of a long output: its end. The rest is read when asked for. */
const TAIL = 256 * 1024;
/** Less than this before the tail is not worth a question of its own. */
const LEAST = 1024;

/** The byte at which to begin to read, to have the last part before an end. */
export function tailBefore(end: number): number {
  const from = end - TAIL;
  return from < LEAST ? 0 : from;
}

export class OutputLog {
  readonly lines: LogLine[] = [];
  /** The line of each stream that has not ended yet. */
  private readonly open: Record<OutputStream, LogLine | null> = { OUT: null, ERR: null };

  append(stream: OutputStream, text: string) {
    const parts = text.split("\n");
    parts.forEach((part, at) => {
      const line = this.open[stream];
      if (line !== null) line.text += part;
      else if (part !== "" || at < parts.length - 1) this.begin(stream, part);
      if (at < parts.length - 1) this.open[stream] = null;
    });
  }

  /** Output that came before what is there. It ends where that begins. */
  prepend(stream: OutputStream, text: string) {
    const lines = text.split("\n").map((part): LogLine => ({ stream, text: part }));
    const first = this.lines.findIndex((line) => line.stream === stream);
    const last = lines.pop();
    const joined = this.lines[first];
    if (last !== undefined && joined !== undefined) joined.text = last.text + joined.text;
    else if (last !== undefined && last.text !== "") lines.push(last);
    this.lines.splice(Math.max(first, 0), 0, ...lines);
  }

  leftOut(stream: OutputStream, bytes: number) {
    this.open[stream] = null;
    this.lines.push({ stream, text: "", cut: bytes });
  }

  private begin(stream: OutputStream, text: string) {
    const line: LogLine = { stream, text };
    this.lines.push(line);
    this.open[stream] = line;
  }
}
