/* Puts a scene on a canvas: counted blocks, points, stamps or cards, by how large a cell is. */
import { TONES } from "../../ui/tone";
import { type Camera, type Room, toScreen } from "./camera";
import type { Grouping } from "./grouping";
import { type Ink, SMALL_SHAPE, type Stamps, WRITTEN_LIGHT } from "./ink";
import type { Block, Layout } from "./layout";
import type { GridState } from "./grid.query";
import type { GridModel } from "./model";

/** Everything a picture depends on. */
export interface Scene {
  model: GridModel;
  grouping: Grouping;
  layout: Layout;
  camera: Camera;
  /** Where cells are drawn, to the right of the labels. */
  room: Room;
  /** Room for labels, to the left of that. */
  gutter: number;
  /** Points of the device per pixel. */
  ratio: number;
  ink: Ink;
  /** Hosts that stand out; the others fade. `null` means all do. */
  lit: ReadonlySet<number> | null;
  words: Words;
}

/** What is written on the grid. */
export interface Words {
  number(value: number): string;
  name(host: number): string | undefined;
  state(state: GridState): string;
}

/** Room to the left of everything, as in the rest of the page. */
export const MARGIN = 16;
const COUNT_WIDTH = 44;
const LABEL_END = 10;
const BLOCKS_BELOW = 3;
const POINTS_BELOW = 9;
const CARDS_FROM = 76;
const FADED = 0.16;

export type Grain = "blocks" | "points" | "stamps" | "cards";

/** The zoom from which hosts are drawn one by one, and a little more. */
export function zoomOfHosts(layout: Layout): number {
  return (BLOCKS_BELOW * 1.5) / layout.cell;
}

export function grainOf(layout: Layout, camera: Camera): Grain {
  const cell = layout.cell * camera.zoom;
  if (cell < BLOCKS_BELOW) return "blocks";
  if (cell < POINTS_BELOW) return "points";
  return cell < CARDS_FROM ? "stamps" : "cards";
}

/** Calls back for every place in sight, with the corner of its cell on the screen. */
export function eachInSight(scene: Scene, draw: (place: number, x: number, y: number) => void) {
  const { layout, camera, room } = scene;
  const cell = layout.cell * camera.zoom;
  for (const block of inSight(scene)) {
    const corner = toScreen(camera, block);
    const rows = Math.ceil(block.count / block.columns);
    const firstRow = Math.max(0, Math.floor(-corner.y / cell));
    const lastRow = Math.min(rows - 1, Math.floor((room.height - corner.y) / cell));
    const firstColumn = Math.max(0, Math.floor(-corner.x / cell));
    const lastColumn = Math.min(block.columns - 1, Math.floor((room.width - corner.x) / cell));
    for (let row = firstRow; row <= lastRow; row += 1) {
      for (let column = firstColumn; column <= lastColumn; column += 1) {
        const within = row * block.columns + column;
        if (within >= block.count) break;
        draw(block.first + within, corner.x + column * cell, corner.y + row * cell);
      }
    }
  }
}

export function inSight({ layout, camera, room }: Scene): Block[] {
  const bottom = camera.y + room.height / camera.zoom;
  const right = camera.x + room.width / camera.zoom;
  return layout.blocks.filter(
    ({ x, y, width, height }) => y < bottom && y + height > camera.y && x < right && x + width > camera.x,
  );
}

/** Small cells as points of an image: ten thousand of them cost less than ten thousand rectangles. */
export function paintPoint(scene: Scene, image: Uint32Array, width: number, place: number, x: number, y: number) {
  const { model, grouping, layout, camera, ratio, ink, lit } = scene;
  const host = grouping.hostAt(place);
  const tone = model.toneAt(host);
  const cell = layout.cell * camera.zoom * ratio;
  const shape = SMALL_SHAPE[tone];
  const inset = shape === "small" && cell >= 5 ? 1 : 0;
  const [left, top] = [Math.round(x * ratio), Math.round(y * ratio)];
  const [right, bottom] = [Math.round(x * ratio + cell) - 1, Math.round(y * ratio + cell) - 1];
  const opaque = ink.packed[tone] ?? 0;
  const colour = lit === null || lit.has(host) ? opaque : ((opaque & 0x00ffffff) | (Math.round(255 * FADED) << 24)) >>> 0;
  const hole = shape === "hole" && right - left >= 4 ? Math.max(1, Math.round((right - left) * 0.2)) : 0;
  const [middleX, middleY] = [(left + right - 1) / 2, (top + bottom - 1) / 2];
  const lines = image.length / width;
  for (let line = Math.max(0, top); line < Math.min(bottom, lines); line += 1) {
    for (let column = Math.max(0, left); column < Math.min(right, width); column += 1) {
      const [dx, dy] = [Math.abs(column - middleX), Math.abs(line - middleY)];
      const inHole = hole > 0 && dx <= hole && dy <= hole;
      const atEdge = inset > 0 && (column === left || column === right - 1 || line === top || line === bottom - 1);
      image[line * width + column] = inHole || atEdge ? 0 : colour;
    }
  }
}

export function paintStamp(scene: Scene, context: CanvasRenderingContext2D, stamps: Stamps, place: number, x: number, y: number) {
  const { model, grouping, ratio, lit } = scene;
  const host = grouping.hostAt(place);
  context.globalAlpha = lit === null || lit.has(host) ? 1 : FADED;
  const stamp = stamps.of(model.toneAt(host), model.state(host)?.outOfService ?? false);
  context.drawImage(stamp, Math.round(x * ratio), Math.round(y * ratio));
  context.globalAlpha = 1;
}

/** A host as a card with its name, where there is room to read it. */
export function paintCard(scene: Scene, context: CanvasRenderingContext2D, stamps: Stamps, place: number, x: number, y: number) {
  const { model, grouping, layout, camera, ratio, ink, lit, words } = scene;
  const host = grouping.hostAt(place);
  const state = model.state(host);
  const side = (layout.cell * camera.zoom - 6) * ratio;
  const [left, top] = [Math.round(x * ratio), Math.round(y * ratio)];
  context.globalAlpha = lit === null || lit.has(host) ? 1 : FADED;
  context.strokeStyle = ink.line;
  context.lineWidth = ratio;
  context.strokeRect(left + 0.5, top + 0.5, side, side);
  context.drawImage(stamps.of(model.toneAt(host), state?.outOfService ?? false), left + 7 * ratio, top + 8 * ratio);
  write(words.name(host) ?? `#${host}`, ink.ink, 500, 40);
  const lines = state === undefined ? [] : words.state(state).split(" · ");
  lines.forEach((line, at) => write(line, ink.ink2, 400, 55 + at * 14));
  context.globalAlpha = 1;

  function write(text: string, colour: string, weight: number, below: number) {
    if (below * ratio > side) return;
    context.font = `${weight} ${11 * ratio}px ${ink.font}`;
    context.fillStyle = colour;
    context.fillText(fitted(context, text, side - 12 * ratio), left + 7 * ratio, top + below * ratio);
  }
}

/** A part of a block: hosts of one tone that all stand out, or all fade. */
interface Part {
  /** A place in `TONES`. */
  at: number;
  size: number;
  faded: boolean;
}

/** A group as one bar of its shares: what is left of cells too small to be seen. */
export function paintBlocks(scene: Scene, context: CanvasRenderingContext2D) {
  const { camera, ratio, ink, words, lit } = scene;
  context.textBaseline = "alphabetic";
  for (const block of inSight(scene)) {
    const { x, y } = toScreen(camera, block);
    const width = block.width * camera.zoom * ratio;
    const height = Math.max(2, block.height * camera.zoom * ratio - ratio);
    let left = x * ratio;
    for (const { at, size, faded } of partsOf(scene, block)) {
      const tone = TONES[at] ?? "waiting";
      // One failed host among thousands keeps a line of its own, and so does one that stands out.
      const least = tone === "waiting" && (faded || lit === null) ? 0 : 2 * ratio;
      const share = Math.max((size / block.count) * width, least);
      context.globalAlpha = faded ? FADED : 1;
      context.fillStyle = tone === "waiting" ? ink.waitingArea : (ink.tones[at] ?? ink.ink);
      context.fillRect(left, y * ratio, share, height);
      context.font = labelFont(ink, ratio);
      const count = words.number(size);
      const fits = !faded && height >= 13 * ratio && context.measureText(count).width + 8 * ratio <= share;
      context.fillStyle = WRITTEN_LIGHT.includes(tone) ? ink.paper : ink.ink;
      if (fits) context.fillText(count, left + 4 * ratio, y * ratio + Math.min(height - 3 * ratio, 13 * ratio));
      left += share;
    }
    context.globalAlpha = 1;
  }
}

/** The parts of a block, by tone; of each tone those that stand out come first. */
function partsOf({ model, grouping, lit }: Scene, block: Block): Part[] {
  const [bright, faded] = [new Uint32Array(TONES.length), new Uint32Array(TONES.length)];
  for (let place = block.first; place < block.first + block.count; place += 1) {
    const host = grouping.hostAt(place);
    const sizes = lit === null || lit.has(host) ? bright : faded;
    const tone = model.toneAt(host);
    sizes[tone] = (sizes[tone] ?? 0) + 1;
  }
  const parts = TONES.flatMap((_, at) => [
    { at, size: bright[at] ?? 0, faded: false },
    { at, size: faded[at] ?? 0, faded: true },
  ]);
  return parts.filter(({ size }) => size > 0);
}

/** Labels of the groups: beside bands, above tiles. A band's label stays in sight as long as the band is. */
export function paintLabels(scene: Scene, context: CanvasRenderingContext2D) {
  const { layout, camera, room, gutter, ratio, ink, words } = scene;
  context.textBaseline = "alphabetic";
  for (const block of inSight(scene)) {
    const at = toScreen(camera, block);
    const count = words.number(block.count);
    if (layout.kind === "tiles") {
      const fits = block.width * camera.zoom > 30;
      if (fits) label(block.label, ink.ink3, Math.max(at.x, 0), Math.max(at.y - 4, 10), block.width * camera.zoom);
      continue;
    }
    const end = at.y + block.height * camera.zoom;
    const y = Math.min(Math.max(at.y, 0) + 11, Math.min(end, room.height) - 2);
    label(block.label, ink.ink2, MARGIN - gutter, y, gutter - MARGIN - COUNT_WIDTH);
    context.textAlign = "right";
    label(count, ink.ink3, -LABEL_END, y, COUNT_WIDTH);
    context.textAlign = "left";
  }

  function label(text: string, colour: string, x: number, y: number, room: number) {
    context.font = labelFont(ink, ratio);
    context.fillStyle = colour;
    context.fillText(fitted(context, text, room * ratio), x * ratio, y * ratio);
  }
}

function labelFont(ink: Ink, ratio: number): string {
  return `500 ${11 * ratio}px ${ink.font}`;
}

/** A text with its end left out where there is no room for it. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}

/** How much room the labels of bands need. */
export function gutterFor(context: CanvasRenderingContext2D, ink: Ink, groups: readonly { label: string }[]): number {
  context.font = labelFont(ink, 1);
  const longest = Math.max(0, ...groups.map(({ label }) => context.measureText(label).width));
  return MARGIN + Math.min(Math.ceil(longest), 160) + COUNT_WIDTH + LABEL_END;
}
