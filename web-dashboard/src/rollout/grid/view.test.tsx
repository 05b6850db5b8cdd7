import { expect, it, vi } from "vitest";
import { byBatch } from "./grouping";
import { GridModel } from "./model";
import { GridView } from "./view";

const canvasOf = () => {
  const canvas = document.createElement("canvas");
  const context = new Proxy({}, { get: (_, name) => (name === "measureText" ? () => ({ width: 10 }) : () => undefined), set: () => true });
  return { canvas, context: context as unknown as CanvasRenderingContext2D };
};

function viewOf(hosts: number): GridView {
  vi.stubGlobal("requestAnimationFrame", () => 1);
  const { canvas, context } = canvasOf();
  const view = new GridView(canvas, context, new GridModel());
  view.resize(800, 500, 1);
  view.group(byBatch([{ first: 0, size: hosts, label: "1" }]));
  return view;
}

const POINT = { x: 400, y: 200 };

it("a point of a block is no host, and a click comes near enough to see hosts", () => {
  const view = viewOf(400_000);
  expect(view.hostAt(POINT)).toBeNull();
  view.enter(POINT);
  expect(view.zoom).toBeGreaterThan(1);
  expect(view.hostAt(POINT)).not.toBeNull();
});

it("where hosts are drawn one by one nothing has to be entered", () => {
  const view = viewOf(200);
  const spot = { x: 100, y: 20 };
  expect(view.hostAt(spot)).not.toBeNull();
  view.enter(spot);
  expect(view.zoom).toBe(1);
});
