import { useEffect, useRef, useState } from "react";

/**
 * A value that changes at most `every` so often, and not before it has stood still for `rest`; the last one always
 * arrives. Milliseconds.
 */
export function useThrottled<T>(value: T, every: number, rest = 0): T {
  const [told, setTold] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(rest, last.current + every - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setTold(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, every, rest]);
  return told;
}

/** Long enough that a word which is being typed is not asked for letter by letter. */
const TYPING = 250;

/** A value once nobody types any more. */
export function useSettled<T>(value: T, rest = TYPING): T {
  return useThrottled(value, 0, rest);
}
