/* Where every host lies. Pure geometry in pixels at zoom 1, where everything fits into the room there is. */
import type { Group } from "./grouping";

/** A group as a rectangle of rows. */
export interface Block {
  label: string;
  first: number;
  count: number;
  x: number;
  y: number;
  columns: number;
  width: number;
  height: number;
}

export interface Layout {
  /** The side of a cell, its gap included. */
  cell: number;
  width: number;
  height: number;
  blocks: readonly Block[];
  /** Bands take the whole width, one below the other; tiles stand side by side under their labels. */
  kind: "bands" | "tiles";
}

export interface Spot {
  x: number;
  y: number;
}

export type Direction = "left" | "right" | "up" | "down";

const LARGEST_CELL = 22;
const SMALLEST_CELL = 1;
/** A band has room for its label, however few hosts it has. */
const LEAST_BAND = 15;
/** Room above the first row for the ring around a host. */
const TOP = 4;
const BAND_GAP = 5;
const TILE_GAP = 9;
const SHELF_GAP = 6;
const TILE_LABEL = 14;
/** More groups than this would be bands too thin to be told apart. */
const MOST_BANDS = 32;

/** The layout with the largest cells with which all groups fit. */
export function layOut(groups: readonly Group[], width: number, height: number): Layout {
  const kind = groups.length > MOST_BANDS ? "tiles" : "bands";
  const arrange = kind === "bands" ? bands : tiles;
  const at = (cell: number) => ({ kind, cell, width, ...arrange(groups, cell, width) }) satisfies Layout;
  for (let cell = LARGEST_CELL; cell > SMALLEST_CELL; cell -= cell > 6 ? 0.5 : 0.1) {
    const layout = at(cell);
    if (layout.height <= height) return layout;
  }
  return at(SMALLEST_CELL);
}

function bands(groups: readonly Group[], cell: number, width: number): Pick<Layout, "blocks" | "height"> {
  const columns = Math.max(1, Math.floor(width / cell));
  let y = TOP;
  const blocks = groups.map((group) => {
    const height = Math.max(Math.ceil(group.count / columns) * cell, LEAST_BAND);
    const block = { ...group, x: 0, y, columns, width: columns * cell, height };
    y += height + BAND_GAP;
    return block;
  });
  return { blocks, height: Math.max(0, y - BAND_GAP) };
}

function tiles(groups: readonly Group[], cell: number, width: number): Pick<Layout, "blocks" | "height"> {
  const largest = Math.max(...groups.map((group) => group.count));
  // Twice as wide as high: labels have room, and eyes read along lines.
  const wanted = Math.ceil(Math.sqrt(largest * 2));
  const columns = Math.max(1, Math.min(wanted, Math.floor(width / cell)));
  let [x, y, shelf] = [0, 0, 0];
  const blocks = groups.map((group) => {
    const size = { width: columns * cell, height: Math.ceil(group.count / columns) * cell };
    if (x > 0 && x + size.width > width) [x, y, shelf] = [0, y + shelf + SHELF_GAP, 0];
    const block = { ...group, x, y: y + TILE_LABEL, columns, ...size };
    x += size.width + TILE_GAP;
    shelf = Math.max(shelf, TILE_LABEL + size.height);
    return block;
  });
  return { blocks, height: y + shelf };
}

/** The block a place is in. */
export function blockOf(layout: Layout, place: number): Block | undefined {
  let [low, high] = [0, layout.blocks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((layout.blocks[middle]?.first ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return layout.blocks[low];
}

/** The upper left corner of a place's cell. */
export function spotOf(layout: Layout, place: number): Spot {
  const block = blockOf(layout, place);
  if (block === undefined) return { x: 0, y: 0 };
  const within = place - block.first;
  return {
    x: block.x + (within % block.columns) * layout.cell,
    y: block.y + Math.floor(within / block.columns) * layout.cell,
  };
}

/** The block under a spot. */
export function blockAt(layout: Layout, spot: Spot): Block | undefined {
  return layout.blocks.find(
    ({ x, y, width, height }) => spot.x >= x && spot.x < x + width && spot.y >= y && spot.y < y + height,
  );
}

/** The place under a spot; `null` between the cells. */
export function placeAt(layout: Layout, spot: Spot): number | null {
  const block = blockAt(layout, spot);
  if (block === undefined) return null;
  const column = Math.floor((spot.x - block.x) / layout.cell);
  const within = Math.floor((spot.y - block.y) / layout.cell) * block.columns + column;
  return column < block.columns && within < block.count ? block.first + within : null;
}

/** Where an arrow key leads. It stays where there is nothing further. */
export function step(layout: Layout, place: number, direction: Direction): number {
  const last = layout.blocks.at(-1);
  const end = last === undefined ? 0 : last.first + last.count - 1;
  if (direction === "left") return Math.max(0, place - 1);
  if (direction === "right") return Math.min(end, place + 1);
  const block = blockOf(layout, place);
  if (block === undefined) return place;
  const target = place + (direction === "down" ? block.columns : -block.columns);
  const inside = target >= block.first && target < block.first + block.count;
  return inside ? target : (acrossTo(layout, block, place, direction) ?? place);
}

/** The nearest cell of the nearest block above or below. */
function acrossTo(layout: Layout, from: Block, place: number, direction: "up" | "down"): number | undefined {
  const { x } = spotOf(layout, place);
  const beyond = layout.blocks.filter((block) =>
    direction === "down" ? block.y >= from.y + from.height : block.y + block.height <= from.y,
  );
  const distance = (block: Block) => {
    const down = direction === "down" ? block.y - from.y : from.y - block.y;
    const aside = Math.max(block.x - x, x - (block.x + block.width), 0);
    return down + aside;
  };
  const [first] = beyond;
  if (first === undefined) {
    const lastOf = from.first + from.count - 1;
    return direction === "down" && place + 1 <= lastOf && rowOf(from, place) < rowOf(from, lastOf) ? lastOf : undefined;
  }
  const nearest = beyond.reduce((best, block) => (distance(block) < distance(best) ? block : best), first);
  const column = Math.min(Math.max(Math.floor((x - nearest.x) / layout.cell), 0), nearest.columns - 1);
  const row = direction === "down" ? 0 : rowOf(nearest, nearest.first + nearest.count - 1);
  return nearest.first + Math.min(row * nearest.columns + column, nearest.count - 1);
}

function rowOf(block: Block, place: number): number {
  return Math.floor((place - block.first) / block.columns);
}
