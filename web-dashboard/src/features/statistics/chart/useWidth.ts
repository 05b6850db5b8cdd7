import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** How wide an element is, in pixels, and told anew when that changes. */
export function useWidth<E extends Element>(usual = 640): [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(usual);
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return;
    const measure = () => setWidth(measured.getBoundingClientRect().width || usual);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, [usual]);
  return [element, width];
}
