import { type RefObject, useEffect, useState } from "react";
import { useTheme } from "../../preferences";
import type { Grouping } from "./grouping";
import type { Words } from "./paint";
import type { GridFeed } from "./feed";
import { GridView } from "./view";

interface Shown {
  feed: GridFeed;
  grouping: Grouping;
  lit: ReadonlySet<number> | null;
  words: Words;
}

/** A view on a canvas that follows the feed, the room it has, and the theme. */
export function useGridView(
  frame: RefObject<HTMLElement | null>,
  canvas: RefObject<HTMLCanvasElement | null>,
  { feed, grouping, lit, words }: Shown,
): GridView | null {
  const [view, setView] = useState<GridView | null>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current === null || context === null || context === undefined) return undefined;
    const made = new GridView(canvas.current, context, feed.model);
    const deaf = feed.listen((changed) => made.mark(changed));
    setView(made);
    return () => {
      deaf();
      made.close();
    };
  }, [canvas, feed]);
  useEffect(() => view?.group(grouping), [view, grouping]);
  useEffect(() => view?.light(lit), [view, lit]);
  useEffect(() => view?.speak(words), [view, words]);
  useRecolouring(view);
  useEffect(() => {
    if (frame.current === null || view === null) return undefined;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry !== undefined) view.resize(entry.contentRect.width, entry.contentRect.height, devicePixelRatio);
    });
    watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, [frame, view]);
  return view;
}

/** The canvas keeps colours, which the page changes with the theme. */
function useRecolouring(view: GridView | null) {
  const theme = useTheme();
  useEffect(() => {
    const recolour = () => view?.recolour();
    recolour();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", recolour);
    return () => dark.removeEventListener("change", recolour);
  }, [view, theme]);
}
