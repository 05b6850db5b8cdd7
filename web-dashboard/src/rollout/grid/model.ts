/* The grid's data: one small number a host, and what the numbers mean. Decoded once, folded forward by deltas. */
import { ABSENCE_TONE, hostTone } from "../../tones";
import { TONES, type Tone } from "../../ui/tone";
import type { GridMessage, GridState } from "./grid.query";

type Snapshot = Extract<GridMessage, { __typename: "Grid" }>;
type Delta = Extract<GridMessage, { __typename: "GridDelta" }>;

/** Bytes of one host's index in a delta. */
const INDEX_BYTES = 4;

/** Every host of a job as of one position of the log. */
export class GridModel {
  position = 0;
  /** For every host of the plan a place in `states`. */
  cells = new Uint16Array(0);
  /** Every state seen so far. It only grows, so that a cell keeps its meaning when palettes change. */
  readonly states: GridState[] = [];
  /** For every state a place in `TONES`. */
  readonly tones: number[] = [];
  private readonly known = new Map<string, number>();

  get hosts(): number {
    return this.cells.length;
  }

  state(host: number): GridState | undefined {
    return this.states[this.cells[host] ?? -1];
  }

  tone(host: number): Tone {
    return TONES[this.toneAt(host)] ?? "waiting";
  }

  /** The host's tone as a place in `TONES`, for loops over all hosts. */
  toneAt(host: number): number {
    return this.tones[this.cells[host] ?? 0] ?? 0;
  }

  /** Takes a message in. Answers which hosts changed; `null` means all. */
  take(message: GridMessage): Uint32Array | null {
    this.position = message.position;
    return message.__typename === "Grid" ? this.replace(message) : this.change(message);
  }

  private replace(snapshot: Snapshot): null {
    const meaning = this.meanings(snapshot.palette);
    const bytes = bytesOf(snapshot.cells);
    const cells = new Uint16Array(snapshot.hosts);
    for (let host = 0; host < cells.length; host += 1) {
      cells[host] = meaning[cellAt(bytes, host * snapshot.cellBytes, snapshot.cellBytes)] ?? 0;
    }
    this.cells = cells;
    return null;
  }

  private change(delta: Delta): Uint32Array {
    const meaning = this.meanings(delta.palette);
    const bytes = bytesOf(delta.changes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const width = INDEX_BYTES + delta.cellBytes;
    const changed = new Uint32Array(Math.floor(bytes.length / width));
    for (let entry = 0; entry < changed.length; entry += 1) {
      const host = view.getUint32(entry * width, true);
      changed[entry] = host;
      if (host < this.cells.length) {
        this.cells[host] = meaning[cellAt(bytes, entry * width + INDEX_BYTES, delta.cellBytes)] ?? 0;
      }
    }
    return changed;
  }

  /** For every entry of a palette its place in `states`. */
  private meanings(palette: readonly GridState[]): Uint16Array {
    return Uint16Array.from(palette, (state) => {
      const key = `${state.status} ${state.outcome} ${state.step} ${state.outOfService} ${state.absence}`;
      const found = this.known.get(key) ?? this.states.push(state) - 1;
      this.known.set(key, found);
      this.tones[found] = TONES.indexOf(toneOf(state));
      return found;
    });
  }
}

/** A host that is away shows that for as long as its run goes on. */
export function toneOf({ status, outcome, absence }: GridState): Tone {
  return absence !== null && status === "RUNNING" ? ABSENCE_TONE[absence] : hostTone(status, outcome);
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Places in the plan, four bytes each, little endian, in base 64. */
export function indexesOf(packed: string): Uint32Array {
  const bytes = bytesOf(packed);
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length / INDEX_BYTES }, (_, at) => view.getUint32(at * INDEX_BYTES, true));
}

function cellAt(bytes: Uint8Array, at: number, width: number): number {
  const low = bytes[at] ?? 0;
  return width === 1 ? low : low | ((bytes[at + 1] ?? 0) << 8);
}
