import { useEffect, useRef } from "react";
import { signal, useSignal } from "../api/signal";

/** A key and what it does. */
export interface KeyBinding {
  key: string;
  label: string;
  run: () => void;
}

// The bindings of whatever is on the screen now, in the order it came up. Later ones win.
const bound = signal<readonly KeyBinding[]>([]);

/** All keys that do something now, for the help. */
export const useBoundKeys = () => useSignal(bound);

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Keys that scroll, and in which direction. They belong to what scrolls that way, and to what lies over the page. */
const SCROLLS: Readonly<Record<string, "x" | "y">> = { ArrowLeft: "x", ArrowRight: "x", ArrowUp: "y", ArrowDown: "y", PageUp: "y", PageDown: "y" };

/** Whether a key that scrolls is meant for something else than the page: an open drawer, or what has a scrollbar of its own. */
function isForAnother(key: string, target: EventTarget | null): boolean {
  const way = SCROLLS[key];
  if (way === undefined) return false;
  if (document.querySelector("[data-drawer]") !== null) return true;
  let part = target instanceof Element ? target : null;
  while (part !== null && part.tagName !== "MAIN" && part !== document.body && !isScrolled(part, way)) part = part.parentElement;
  return part !== null && part.tagName !== "MAIN" && part !== document.body;
}

function isScrolled(part: Element, way: "x" | "y"): boolean {
  const { overflowX, overflowY } = getComputedStyle(part);
  const isHidden = !["auto", "scroll"].includes(way === "x" ? overflowX : overflowY);
  return !isHidden && (way === "x" ? part.scrollWidth > part.clientWidth : part.scrollHeight > part.clientHeight);
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  // An open dialog has the keyboard to itself.
  if (document.querySelector("dialog[open]") !== null) return;
  // Seen from here, an editor in a shadow root is only the root's host.
  if (isTyping(event.composedPath()[0] ?? event.target) && event.key !== "Escape") return;
  if (isForAnother(event.key, event.target)) return;
  const binding = bound.get().findLast((binding) => binding.key === event.key);
  if (binding === undefined) return;
  event.preventDefault();
  binding.run();
}

/** Starts listening. Called once, by `main`. */
export function listenToKeys(): void {
  document.addEventListener("keydown", onKeyDown);
}

/** Binds keys for as long as the component is there. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  const shape = bindings.map(({ key, label }) => `${key} ${label}`).join("\n");
  useEffect(() => {
    const mine = latest.current.map(({ key, label }) => ({
      key,
      label,
      run: () => latest.current.find((binding) => binding.key === key)?.run(),
    }));
    bound.set([...bound.get(), ...mine]);
    return () => bound.set(bound.get().filter((binding) => !mine.includes(binding)));
  }, [shape]);
}
