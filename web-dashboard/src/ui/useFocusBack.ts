import { type RefObject, useEffect, useRef } from "react";

/**
 * Moves the keyboard into something that came up, and back to where it was when that goes. `open` runs in between, where
 * it takes more than being there. Within, it begins where `data-begin` says.
 */
export function useFocusBack<T extends HTMLElement>(part: RefObject<T | null>, open?: (part: T) => void): void {
  // Once: it came up.
  const opening = useRef(open);
  useEffect(() => {
    const home = homeOf(document.activeElement);
    const element = part.current;
    if (element !== null) opening.current?.(element);
    const begin = element?.querySelector<HTMLElement>("[data-begin]") ?? (opening.current === undefined ? element : null);
    begin?.focus({ preventScroll: true });
    return () => {
      if (home?.isConnected === true) home.focus({ preventScroll: true });
    };
  }, [part]);
}

/** Where the keyboard is; of a menu, which is gone by the time it is wanted back, the button that it came from. */
function homeOf(element: Element | null): HTMLElement | null {
  const button = element?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  const home = button === null || button === undefined ? element : document.getElementById(button);
  return home instanceof HTMLElement ? home : null;
}
