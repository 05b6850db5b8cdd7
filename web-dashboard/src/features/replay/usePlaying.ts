import { useEffect, useRef, useState } from "react";
import type { Speed } from "./course";

const STEP = 250;
/** Whoever asked for less motion sees a picture stand before the next one comes. */
const CALM_STEP = 2_000;

export interface Playing {
  playing: boolean;
  toggle: () => void;
  stop: () => void;
}

/** Moves on through the time of a job until its end. A step that is not answered yet is waited for. */
export function usePlaying(speed: Speed, isBusy: boolean, advance: (milliseconds: number) => boolean): Playing {
  const [playing, setPlaying] = useState(false);
  const latest = useRef({ isBusy, advance, speed });
  useEffect(() => {
    latest.current = { isBusy, advance, speed };
  });
  useEffect(() => {
    if (!playing) return undefined;
    const step = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_STEP : STEP;
    const timer = setInterval(() => {
      const { isBusy, advance, speed } = latest.current;
      if (!isBusy && !advance(step * speed)) setPlaying(false);
    }, step);
    return () => clearInterval(timer);
  }, [playing]);
  return { playing, toggle: () => setPlaying((before) => !before), stop: () => setPlaying(false) };
}
