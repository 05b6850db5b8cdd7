import { fireEvent, render } from "@testing-library/react";
import { useRef } from "react";
import { expect, it, vi } from "vitest";
import { useGestures } from "./gestures";
import type { GridView } from "./view";

function Canvas({ view, told }: { view: GridView; told: { hover: () => void; click: (host: number) => void } }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useGestures(canvas, view, useRef(told));
  return <canvas ref={canvas} data-testid="canvas" />;
}

/** A canvas that knows one host, or none while it shows blocks. */
function open(host: number | null = 7) {
  const view = { zoom: 4, hostAt: () => host, enter: vi.fn(), pan: vi.fn(), zoomAt: vi.fn() };
  const told = { hover: vi.fn(), click: vi.fn() };
  const canvas = render(<Canvas view={view as unknown as GridView} told={told} />).getByTestId("canvas");
  const capture = vi.fn();
  canvas.setPointerCapture = capture;
  const at = (clientX: number, more: object = {}) => ({ pointerId: 1, button: 0, clientX, clientY: 10, ...more });
  return { view, told, canvas, capture, at };
}

it("a press that stays where it is opens the host, and a drag pans", () => {
  const { view, told, canvas, at } = open();
  fireEvent.pointerDown(canvas, at(10));
  fireEvent.pointerUp(canvas, at(10));
  expect(told.click).toHaveBeenCalledWith(7);
  fireEvent.pointerDown(canvas, at(10));
  fireEvent.pointerMove(canvas, at(60));
  fireEvent.pointerUp(canvas, at(60));
  expect(view.pan).toHaveBeenCalledWith(-50, 0);
  expect(told.click).toHaveBeenCalledOnce();
});

it("a pointer is followed from the moment it is pressed, and forgotten when it is lost", () => {
  const { view, canvas, capture, at } = open();
  fireEvent.pointerDown(canvas, at(10));
  expect(capture).toHaveBeenCalledWith(1);
  fireEvent(canvas, new PointerEvent("lostpointercapture", { pointerId: 1 }));
  fireEvent.pointerMove(canvas, at(90));
  expect(view.pan).not.toHaveBeenCalled();
});

it("only the first button presses", () => {
  const { told, canvas, capture, at } = open();
  fireEvent.pointerDown(canvas, at(10, { button: 2 }));
  fireEvent.pointerUp(canvas, at(10, { button: 2 }));
  expect(capture).not.toHaveBeenCalled();
  expect(told.click).not.toHaveBeenCalled();
});

it("a click on a block enters it", () => {
  const { view, told, canvas, at } = open(null);
  fireEvent.pointerDown(canvas, at(10));
  fireEvent.pointerUp(canvas, at(10));
  expect(view.enter).toHaveBeenCalledOnce();
  expect(told.click).not.toHaveBeenCalled();
});
