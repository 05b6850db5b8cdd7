import { expect, it } from "vitest";
import type { GridState } from "./grid.query";
import { byBatch } from "./grouping";
import { layOut } from "./layout";
import { GridModel } from "./model";
import { grainOf, paintBlocks, type Scene, zoomOfHosts } from "./paint";
import { TONES } from "../../ui/tone";

const HOSTS = 100;
const ended = (outcome: GridState["outcome"]): GridState => ({ status: "FINISHED", outcome, step: 0, outOfService: false, absence: null });
const groups = byBatch([{ first: 0, size: HOSTS, label: "1" }]);

/** A hundred hosts of which ten failed, on a canvas that remembers what was drawn. */
function paint(lit: ReadonlySet<number> | null) {
  const model = new GridModel();
  const cells = Array.from({ length: HOSTS }, (_, host) => (host < 10 ? 1 : 0));
  model.take({ __typename: "Grid", position: 1, hosts: HOSTS, cellBytes: 1, cells: btoa(String.fromCharCode(...cells)), palette: [ended("SUCCEEDED"), ended("STEP_FAILED")] });
  const drawn: { colour: string; alpha: number; width: number }[] = [];
  const context = {
    globalAlpha: 1,
    fillStyle: "",
    measureText: () => ({ width: 1_000 }),
    fillText: () => undefined,
    fillRect(_x: number, _y: number, width: number) {
      drawn.push({ colour: this.fillStyle, alpha: this.globalAlpha, width });
    },
  };
  const layout = { ...layOut(groups.groups, 800, 500), blocks: [{ label: "1", first: 0, count: HOSTS, x: 0, y: 0, columns: 100, width: 500, height: 20 }] };
  const scene = {
    model,
    grouping: groups,
    layout,
    camera: { x: 0, y: 0, zoom: 1 },
    room: { width: 800, height: 500 },
    gutter: 0,
    ratio: 1,
    ink: { tones: TONES, waitingArea: "area", ink: "ink", paper: "paper", font: "sans" },
    lit,
    words: { number: String, name: () => undefined, state: () => "" },
  } as unknown as Scene;
  paintBlocks(scene, context as unknown as CanvasRenderingContext2D);
  return { drawn, alpha: context.globalAlpha };
}

it("a block shows its shares", () => {
  expect(paint(null).drawn).toEqual([
    { colour: "done", alpha: 1, width: 450 },
    { colour: "failed", alpha: 1, width: 50 },
  ]);
});

it("in a block the hosts that are lit stand out, and the others fade", () => {
  const { drawn, alpha } = paint(new Set([0, 1]));
  expect(drawn).toEqual([
    { colour: "done", alpha: 0.16, width: 450 },
    { colour: "failed", alpha: 1, width: 10 },
    { colour: "failed", alpha: 0.16, width: 40 },
  ]);
  expect(alpha).toBe(1);
});

it("there is a zoom at which hosts are no blocks any more", () => {
  const layout = layOut([{ label: "1", first: 0, count: 400_000 }], 800, 500);
  expect(grainOf(layout, { x: 0, y: 0, zoom: 1 })).toBe("blocks");
  expect(grainOf(layout, { x: 0, y: 0, zoom: zoomOfHosts(layout) })).toBe("points");
});
