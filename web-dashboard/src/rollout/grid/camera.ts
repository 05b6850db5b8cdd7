/* The part of the layout that is looked at. Plain values; whoever moves it gets a new one. */
import type { Layout, Spot } from "./layout";

export interface Camera {
  /** The spot of the layout in the upper left corner. */
  x: number;
  y: number;
  zoom: number;
}

export interface Room {
  width: number;
  height: number;
}

/** As large as one cell may get, in pixels. */
const LARGEST_CELL = 112;

export const WHOLE: Camera = { x: 0, y: 0, zoom: 1 };

export function mostZoom(layout: Layout): number {
  return Math.max(1, LARGEST_CELL / layout.cell);
}

/** A camera within bounds: nothing beyond the layout is looked at. */
export function within(camera: Camera, layout: Layout, room: Room): Camera {
  const zoom = Math.min(Math.max(camera.zoom, 1), mostZoom(layout));
  const clamp = (at: number, size: number, shown: number) => Math.min(Math.max(at, 0), Math.max(0, size - shown / zoom));
  return { x: clamp(camera.x, layout.width, room.width), y: clamp(camera.y, layout.height, room.height), zoom };
}

/** Pans by pixels of the screen. */
export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x + dx / camera.zoom, y: camera.y + dy / camera.zoom };
}

/** Zooms so that what is under a point of the screen stays there. */
export function zoomAt(camera: Camera, factor: number, point: Spot, layout: Layout): Camera {
  const zoom = Math.min(Math.max(camera.zoom * factor, 1), mostZoom(layout));
  const under = toLayout(camera, point);
  return { x: under.x - point.x / zoom, y: under.y - point.y / zoom, zoom };
}

export function toLayout(camera: Camera, point: Spot): Spot {
  return { x: camera.x + point.x / camera.zoom, y: camera.y + point.y / camera.zoom };
}

export function toScreen(camera: Camera, spot: Spot): Spot {
  return { x: (spot.x - camera.x) * camera.zoom, y: (spot.y - camera.y) * camera.zoom };
}

/** Moves as little as needed to have a cell in sight, with a little room around it. */
export function reveal(camera: Camera, spot: Spot, layout: Layout, room: Room): Camera {
  const margin = layout.cell;
  const follow = (at: number, spot: number, shown: number) =>
    Math.max(Math.min(at, spot - margin), spot + layout.cell + margin - shown);
  return within(
    {
      zoom: camera.zoom,
      x: follow(camera.x, spot.x, room.width / camera.zoom),
      y: follow(camera.y, spot.y, room.height / camera.zoom),
    },
    layout,
    room,
  );
}
