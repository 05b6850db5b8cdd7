import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { pause, waitBefore } from "../../../api/backoff";
import { reader } from "../../../api/client";
import { follow } from "../../../api/live";
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
  /** Saves all of it. Where a part cannot be had nothing is saved, and why is in `error`. */
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
  const { t } = useTranslation();
  const [shown, setShown] = useState(nothing);
  const busy = useRef(false);

  const part = useCallback(
    async (stream: OutputStream, from: number, limit: number) => {
      const variables = { job, host, step, attempt: number, phase, stream, from, limit };
      const { data, error } = await reader.query(OutputQuery, variables).toPromise();
      return { output: data?.job?.hostRun?.output, why: error?.message ?? null };
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
    /** How much there is; asked for until it is known. */
    async function known(stream: OutputStream) {
      for (let tries = 0; ; tries += 1) {
        const { output, why } = await part(stream, 0, PROBE);
        if (output !== undefined && output !== null) return output.total;
        if (why === null || !alive) return 0;
        change(() => ({ error: why }));
        await pause(waitBefore(tries, Math.random()));
      }
    }
    /** Tells what one stream says; answers when its first part is there. */
    async function tell(stream: OutputStream) {
      const total = await known(stream);
      if (!alive) return;
      let from = tailBefore(total);
      const start = from;
      change(({ starts }) => ({ starts: { ...starts, [stream]: start }, error: null }));
      const variables = () => ({ job, host, step, attempt: number, phase, stream, from });
      await new Promise<void>((begun) => {
        let isOver = false;
        const stop = follow(OutputLive, variables, {
          next({ output }) {
            if (output.offset > from && output.cut !== null) fresh.log.leftOut(stream, output.cut.to - output.cut.from);
            fresh.log.append(stream, output.text);
            from = output.next;
            isOver = output.complete;
            change(({ ended }) => ({ ended: isOver && !ended.includes(stream) ? [...ended, stream] : ended, error: null }));
            begun();
          },
          refused: ([error]) => change(() => ({ error: error?.message ?? null })),
          ended: () => (isOver ? null : undefined),
        });
        stops.push(stop, begun);
        if (total === 0) begun();
      });
    }
    async function tellAll() {
      // What went wrong stands below what was done, where both are there already: nobody knows which line came when.
      for (const stream of STREAMS) await tell(stream);
    }
    void tellAll();
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
      const read = (await part(stream, from, start - from)).output;
      if (read === undefined) continue;
      shown.log.prepend(stream, textOf(read.base64));
      setShown((before) => ({ ...before, version: before.version + 1, starts: { ...before.starts, [stream]: from } }));
    }
    busy.current = false;
  }, [part, shown.log, shown.starts]);

  const download = useCallback(
    async (stream: OutputStream) => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      setShown((before) => ({ ...before, error: null }));
      for (let from = 0; ; ) {
        const { output, why } = await part(stream, from, PART);
        if (output === undefined) {
          // A file that lacks its end would look like all there is.
          setShown((before) => ({ ...before, error: why ?? t("output.gone"), version: before.version + 1 }));
          return;
        }
        parts.push(bytesOf(output.base64));
        if (output.next <= from || output.next >= output.total) break;
        from = output.next;
      }
      save(new Blob(parts, { type: "text/plain" }), fileName(host, { step, number, phase }, stream));
    },
    [part, host, step, number, phase, t],
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

/** What an attempt's output is called as a file. What it was for is in the name: a step and its undo both begin at 1. */
function fileName(host: string, { step, number, phase }: AttemptKey, stream: OutputStream): string {
  return `${host}-${step}-${phase === "RUN" ? "" : `${phase.toLowerCase()}-`}${number}.${stream === "OUT" ? "out" : "err"}.txt`;
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
