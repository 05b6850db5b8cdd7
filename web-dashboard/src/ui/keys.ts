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

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  // An open dialog has the keyboard to itself.
  if (document.querySelector("dialog[open]") !== null) return;
  // Seen from here, an editor in a shadow root is only the root's host.
  if (isTyping(event.composedPath()[0] ?? event.target) && event.key !== "Escape") return;
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
