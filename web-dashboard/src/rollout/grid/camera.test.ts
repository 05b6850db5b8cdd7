import { describe, expect, it } from "vitest";
import { mostZoom, pan, reveal, toLayout, toScreen, WHOLE, within, zoomAt } from "./camera";
import { layOut, spotOf } from "./layout";

const layout = layOut([{ label: "1", first: 0, count: 10_000 }], 800, 500);
const room = { width: 800, height: 500 };

describe("a camera", () => {
  it("keeps what is under the pointer under the pointer while it zooms", () => {
    const point = { x: 300, y: 200 };
    const near = zoomAt(WHOLE, 5, point, layout);
    expect(toLayout(near, point)).toEqual(toLayout(WHOLE, point));
    expect(near.zoom).toBe(5);
  });

  it("stays between everything and one host", () => {
    expect(zoomAt(WHOLE, 0.1, { x: 0, y: 0 }, layout).zoom).toBe(1);
    expect(zoomAt(WHOLE, 1_000, { x: 0, y: 0 }, layout).zoom).toBe(mostZoom(layout));
    expect(mostZoom(layout) * layout.cell).toBeGreaterThan(100);
  });

  it("looks at nothing beyond the layout", () => {
    const far = within(pan({ x: 0, y: 0, zoom: 4 }, 1e9, 1e9), layout, room);
    expect(far.x).toBeCloseTo(layout.width - room.width / 4);
    expect(within(pan(far, -1e9, -1e9), layout, room)).toEqual({ x: 0, y: 0, zoom: 4 });
    expect(within({ x: 50, y: 50, zoom: 1 }, layout, room).x).toBe(0);
  });

  it("goes to the screen and back", () => {
    const camera = { x: 12, y: 34, zoom: 3 };
    expect(toLayout(camera, toScreen(camera, { x: 100, y: 90 }))).toEqual({ x: 100, y: 90 });
  });

  it("brings a host in sight and leaves those that are where they are", () => {
    const near = { x: 0, y: 0, zoom: 8 };
    const last = spotOf(layout, 9_999);
    const moved = toScreen(reveal(near, last, layout, room), last);
    expect(moved.x).toBeLessThan(room.width);
    expect(moved.y).toBeLessThan(room.height);
    expect(reveal(near, spotOf(layout, 2), layout, room)).toEqual(near);
  });
});
