/* Colours and shapes for the canvas, read from the page's tokens so that both speak the same language. */
import { SHAPE, TONES, type Tone } from "../../ui/tone";

export interface Ink {
  ink: string;
  ink2: string;
  ink3: string;
  paper: string;
  line: string;
  /** What has not begun, where it covers an area and not a cell. */
  waitingArea: string;
  font: string;
  /** By place in `TONES`. */
  tones: readonly string[];
  /** The same as four bytes in the order a canvas keeps them. */
  packed: Uint32Array;
}

/** Reads the tokens as they are now: they differ between light and dark. */
export function readInk(element: HTMLElement): Ink {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const tones = TONES.map(colour);
  const ink = {
    ink: colour("ink"),
    ink2: colour("ink-2"),
    ink3: colour("ink-3"),
    paper: colour("paper"),
    line: colour("line-strong"),
    waitingArea: colour("waiting-area"),
    font: getComputedStyle(element).fontFamily,
    tones,
    packed: Uint32Array.from(tones, pack),
  };
  probe.remove();
  return ink;
}

/** `rgb(r, g, b)` as one number, opaque. */
export function pack(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Tones whose shape is hollow keep a hole even where a cell has room for a few points only. */
const HOLLOW: readonly Tone[] = ["running", "away", "doubt", "unreachable", "deferred"];
const SMALL: readonly Tone[] = ["waiting", "cancelled"];

/** How a tone looks in a cell of a few points: with a hole in the middle, shrunk, or full. */
export const SMALL_SHAPE = TONES.map((tone) => {
  if (HOLLOW.includes(tone)) return "hole";
  return SMALL.includes(tone) ? "small" : "full";
});

/** Tones dark enough to be written on in the colour of the paper. */
export const WRITTEN_LIGHT: readonly Tone[] = ["running", "failed", "lost", "doubt", "unreachable"];

/** Cells drawn once for a size and then stamped. */
export class Stamps {
  private readonly drawn = new Map<number, HTMLCanvasElement>();
  constructor(
    private readonly ink: Ink,
    /** The side of a cell in points of the device. */
    readonly size: number,
  ) {}

  of(tone: number, outOfService: boolean): HTMLCanvasElement {
    const key = tone * 2 + (outOfService ? 1 : 0);
    const found = this.drawn.get(key);
    if (found !== undefined) return found;
    const canvas = document.createElement("canvas");
    canvas.width = this.size;
    canvas.height = this.size;
    const context = canvas.getContext("2d");
    if (context !== null) drawCell(context, this.ink, tone, outOfService, this.size);
    this.drawn.set(key, canvas);
    return canvas;
  }
}

function drawCell(context: CanvasRenderingContext2D, ink: Ink, tone: number, outOfService: boolean, size: number) {
  const gap = Math.max(1, Math.round(size * 0.1));
  const side = size - gap;
  context.scale(side / 16, side / 16);
  context.fillStyle = ink.tones[tone] ?? ink.ink;
  context.fill(new Path2D(SHAPE[TONES[tone] ?? "waiting"]), "evenodd");
  if (!outOfService) return;
  // A dark corner: whatever became of it, this host serves nobody.
  context.fillStyle = ink.ink;
  context.fill(new Path2D("M9 0h7v7z"));
}
