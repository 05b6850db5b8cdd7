import { type RefObject, useEffect } from "react";
import type { Spot } from "./layout";
import type { GridView } from "./view";

/** A press that moves less than this is a click. */
const STILL = 4;
/** A mouse's wheel goes in large notches, a trackpad's pinch in small ones. */
const NOTCH = 40;
const ZOOM_BY_NOTCH = 0.0025;
const ZOOM_BY_PINCH = 0.01;

interface Told {
  hover(host: number | null, at: Spot): void;
  click(host: number): void;
}

/**
 * Wheel, drag, trackpad and fingers. The wheel zooms with Ctrl held (as a trackpad's pinch does) and pans once zoomed
 * in; over the whole picture it scrolls the page, as everywhere else.
 */
export function useGestures(canvas: RefObject<HTMLCanvasElement | null>, view: GridView | null, told: RefObject<Told>) {
  useEffect(() => {
    const element = canvas.current;
    if (element === null || view === null) return undefined;
    const pointers = new Map<number, Spot>();
    let travelled = 0;

    const spotOf = (event: MouseEvent): Spot => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey) view.zoomAt(zoomOf(event), spotOf(event));
      else if (view.zoom > 1) view.pan(event.deltaX, event.deltaY);
      else return;
      event.preventDefault();
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      // Whatever happens to it, also beyond the canvas, is heard here until it is let go of.
      element.setPointerCapture(event.pointerId);
      if (pointers.size === 0) travelled = 0;
      pointers.set(event.pointerId, spotOf(event));
    };
    const move = (event: PointerEvent) => {
      const spot = spotOf(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) return told.current.hover(view.hostAt(spot), spot);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, spot);
      travelled += distance(before, spot);
      if (other !== undefined) view.zoomAt(distance(spot, other) / Math.max(1, distance(before, other)), middle(spot, other));
      else if (travelled > STILL && view.zoom > 1) view.pan(before.x - spot.x, before.y - spot.y);
      return undefined;
    };
    const up = (event: PointerEvent) => {
      const spot = pointers.get(event.pointerId);
      pointers.delete(event.pointerId);
      if (spot === undefined || travelled > STILL) return;
      const host = view.hostAt(spot);
      if (host === null) view.enter(spot);
      else told.current.click(host);
    };
    const lose = (event: PointerEvent) => void pointers.delete(event.pointerId);
    const leave = () => told.current.hover(null, { x: 0, y: 0 });

    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", lose);
    element.addEventListener("lostpointercapture", lose);
    element.addEventListener("pointerleave", leave);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", lose);
      element.removeEventListener("lostpointercapture", lose);
      element.removeEventListener("pointerleave", leave);
    };
  }, [canvas, view, told]);
}

function zoomOf({ deltaY }: WheelEvent): number {
  return Math.exp(-deltaY * (Math.abs(deltaY) < NOTCH ? ZOOM_BY_PINCH : ZOOM_BY_NOTCH));
}

function distance(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middle(a: Spot, b: Spot): Spot {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
