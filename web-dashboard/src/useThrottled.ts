import { useEffect, useRef, useState } from "react";

/** A value that changes at most every so often; the last one always arrives. */
export function useThrottled<T>(value: T, every: number): T {
  const [told, setTold] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + every - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setTold(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, every]);
  return told;
}
