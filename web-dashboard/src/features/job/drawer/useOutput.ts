import { useCallback, useEffect, useRef, useState } from "react";
import { reader } from "../../../api/client";
import { subscribe } from "../../../api/live";
import type { Attempt } from "./hostRun.query";
import { OutputLive, OutputQuery } from "./hostRun.query";
import { OutputLog, type OutputStream, tailBefore } from "./log";

const PART = 1024 * 1024;
/** The fewest bytes that may be asked for: enough to learn how many there are. */
const PROBE = 16;
const STREAMS: readonly OutputStream[] = ["OUT", "ERR"];

/** Which attempt of which step. */
export type AttemptKey = Pick<Attempt, "step" | "number" | "phase">;

export interface Output {
  log: OutputLog;
  /** Grows with every line, so that whoever shows them shows them again. */
  version: number;
  complete: boolean;
  error: string | null;
  /** Bytes before what is shown. */
  earlier: number;
  readEarlier: () => void;
  download: (stream: OutputStream) => Promise<void>;
}

type Starts = Record<OutputStream, number>;

interface Shown {
  log: OutputLog;
  version: number;
  ended: readonly OutputStream[];
  starts: Starts;
  error: string | null;
}

const nothing = (): Shown => ({ log: new OutputLog(), version: 0, ended: [], starts: { OUT: 0, ERR: 0 }, error: null });

/** An attempt's output: the end of what there is, then what is written, over as many connections as that takes. */
export function useOutput(job: string, host: string, { step, number, phase }: AttemptKey): Output {
  const [shown, setShown] = useState(nothing);
  const busy = useRef(false);

  const part = useCallback(
    async (stream: OutputStream, from: number, limit: number) => {
      const variables = { job, host, step, attempt: number, phase, stream, from, limit };
      const { data } = await reader.query(OutputQuery, variables).toPromise();
      return data?.job?.hostRun?.output;
    },
    [job, host, step, number, phase],
  );
  useEffect(() => {
    const fresh = nothing();
    let alive = true;
    const stops: (() => void)[] = [];
    setShown(fresh);
    const change = (made: (before: Shown) => Partial<Shown>) => {
      if (alive) setShown((before) => ({ ...before, ...made(before), version: before.version + 1 }));
    };
    async function follow(stream: OutputStream) {
      const known = await part(stream, 0, PROBE);
      if (!alive) return;
      let from = tailBefore(known?.total ?? 0);
      const start = from;
      change(({ starts }) => ({ starts: { ...starts, [stream]: start } }));
      const variables = () => ({ job, host, step, attempt: number, phase, stream, from });
      const stop = subscribe(OutputLive, variables, {
        next({ output }) {
          if (output.offset > from && output.cut !== null) fresh.log.leftOut(stream, output.cut.to - output.cut.from);
          fresh.log.append(stream, output.text);
          from = output.next;
          change(({ ended }) => ({ ended: output.complete && !ended.includes(stream) ? [...ended, stream] : ended }));
        },
        refused: ([error]) => change(() => ({ error: error?.message ?? null })),
        complete: () => change(({ ended }) => ({ ended: [...new Set([...ended, stream])] })),
      });
      stops.push(stop);
    }
    for (const stream of STREAMS) void follow(stream);
    return () => {
      alive = false;
      for (const stop of stops) stop();
    };
  }, [job, host, step, number, phase, part]);

  const readEarlier = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    for (const stream of STREAMS) {
      const start = shown.starts[stream];
      if (start === 0) continue;
      const from = tailBefore(start);
      const read = await part(stream, from, start - from);
      if (read === undefined) continue;
      shown.log.prepend(stream, textOf(read.base64));
      setShown((before) => ({ ...before, version: before.version + 1, starts: { ...before.starts, [stream]: from } }));
    }
    busy.current = false;
  }, [part, shown.log, shown.starts]);

  const download = useCallback(
    async (stream: OutputStream) => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for (let from = 0; ; ) {
        const read = await part(stream, from, PART);
        if (read === undefined) break;
        parts.push(bytesOf(read.base64));
        if (read.next <= from || read.next >= read.total) break;
        from = read.next;
      }
      const ending = stream === "OUT" ? "out" : "err";
      save(new Blob(parts, { type: "text/plain" }), `${host}-${step}-${number}.${ending}.txt`);
    },
    [part, host, step, number],
  );
  const { log, version, ended, starts, error } = shown;
  return {
    log,
    version,
    error,
    complete: ended.length === STREAMS.length,
    earlier: starts.OUT + starts.ERR,
    readEarlier: () => void readEarlier(),
    download,
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function textOf(base64: string): string {
  return new TextDecoder().decode(bytesOf(base64));
}

function save(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
