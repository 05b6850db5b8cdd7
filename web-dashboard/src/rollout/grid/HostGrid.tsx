import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { useFormat } from "../../useFormat";
import { useGestures } from "./gestures";
import type { Grouping } from "./grouping";
import { type Direction, type Spot, step } from "./layout";
import { useStateWords } from "./stateWords";
import type { GridFeed } from "./feed";
import type { NameOf } from "./useNames";
import { useGridView } from "./useGridView";
import type { GridView } from "./view";

interface HostGridProps {
  feed: GridFeed;
  grouping: Grouping;
  nameOf: NameOf;
  steps: readonly { step: string }[];
  /** Hosts that stand out; the others fade. */
  lit: ReadonlySet<number> | null;
  /** The host whose drawer is open. */
  chosen: number | null;
  onChoose: (host: number) => void;
}

const ARROWS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const ZOOM_STEP = 1.5;

/** Every host of a job on one canvas. */
export function HostGrid({ feed, grouping, nameOf, steps, lit, chosen, onChoose }: HostGridProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const help = useId();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<number | null>(null);
  const [hover, setHover] = useState<{ host: number; at: Spot } | null>(null);
  const words = useStateWords(steps);

  const spoken = useMemo(() => ({ number: format.number, name: nameOf, state: words }), [format, nameOf, words]);
  const view = useGridView(frame, canvas, { feed, grouping, lit, words: spoken });

  useEffect(() => {
    if (chosen === null) return;
    setFocus(chosen);
    view?.reveal(chosen);
  }, [view, chosen]);
  useEffect(() => {
    if (view === null) return;
    const place = () => {
      placeRing(ring.current, view, focus);
      // A finger scrolls the page over the whole picture, and the picture once it is zoomed.
      if (canvas.current !== null) canvas.current.style.touchAction = view.zoom > 1 ? "none" : "pan-y";
    };
    view.onFrame = place;
    place();
  }, [view, focus]);

  const told = useRef({ hover: (_host: number | null, _at: Spot) => undefined as void, click: (_host: number) => undefined as void });
  useEffect(() => {
    told.current = {
      hover: (host, at) => setHover(host === null ? null : { host, at }),
      click(host) {
        setFocus(host);
        onChoose(host);
      },
    };
  });
  useGestures(canvas, view, told);

  const describe = (host: number) => {
    const state = feed.model.state(host);
    return { name: nameOf(host) ?? "…", state: state === undefined ? "" : words(state) };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (view === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    if (direction !== undefined) moveTo(moved(direction, view));
    else if (event.key === "Enter" && focus !== null) onChoose(focus);
    else if (event.key === "+" || event.key === "=") view.zoomAt(ZOOM_STEP, centre(view));
    else if (event.key === "-") view.zoomAt(1 / ZOOM_STEP, centre(view));
    else if (event.key === "0") view.whole();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const moved = (direction: Direction, view: GridView) => {
    const layout = view.arrangement;
    if (layout === null || focus === null) return grouping.hostAt(0);
    return grouping.hostAt(step(layout, grouping.placeOf(focus), direction));
  };
  const moveTo = (host: number) => {
    setFocus(host);
    view?.reveal(host);
  };
  const centre = (view: GridView): Spot => {
    const box = focus === null ? null : view.boxOf(focus);
    const room = frame.current?.getBoundingClientRect();
    return box ?? { x: (room?.width ?? 0) / 2, y: (room?.height ?? 0) / 2 };
  };
  const heard = focus === null ? "" : Object.values(describe(focus)).join(", ");
  const shown = hover === null ? null : describe(hover.host);

  return (
    <div ref={frame} className="group relative size-full overflow-hidden">
      <div
        role="application"
        tabIndex={0}
        aria-label={t("grid.label", { count: feed.model.hosts })}
        aria-describedby={help}
        onKeyDown={onKeyDown}
        className="absolute inset-0 focus-visible:-outline-offset-2"
      >
        <canvas ref={canvas} className="block size-full" />
      </div>
      <p id={help} className="sr-only">
        {t("grid.help")}
      </p>
      <p aria-live="polite" className="sr-only">
        {heard}
      </p>
      <div ref={ring} hidden className="pointer-events-none absolute top-0 left-0 rounded-sm border-2 border-ink shadow-[0_0_0_1px_var(--paper)]" />
      {hover !== null && shown !== null && <Hint at={hover.at} {...shown} />}
      <ZoomButtons onZoom={(factor) => view?.zoomAt(factor, centre(view))} onWhole={() => view?.whole()} />
    </div>
  );
}

function ZoomButtons({ onZoom, onWhole }: { onZoom: (factor: number) => void; onWhole: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="absolute right-2 bottom-2 flex rounded-md border border-line bg-raised/90">
      <IconButton label={t("grid.zoomOut")} onClick={() => onZoom(1 / ZOOM_STEP)}>
        <ZoomOut size={14} aria-hidden="true" />
      </IconButton>
      <IconButton label={t("grid.zoomIn")} onClick={() => onZoom(ZOOM_STEP)}>
        <ZoomIn size={14} aria-hidden="true" />
      </IconButton>
      <IconButton label={t("grid.whole")} onClick={onWhole}>
        <Maximize2 size={13} aria-hidden="true" />
      </IconButton>
    </div>
  );
}

/** Moves the ring without React: it follows the camera frame by frame. */
function placeRing(ring: HTMLDivElement | null, view: GridView, host: number | null) {
  if (ring === null) return;
  const box = host === null ? null : view.boxOf(host);
  ring.hidden = box === null;
  if (box === null) return;
  const side = Math.max(box.side, 4);
  ring.style.transform = `translate(${box.x - 3}px, ${box.y - 3}px)`;
  ring.style.width = `${side + 5}px`;
  ring.style.height = `${side + 5}px`;
}

/** Names the host under the pointer. */
function Hint({ at, name, state }: { at: Spot; name: string; state: string }) {
  const beyond = at.x > 420 ? "-translate-x-full -ml-3" : "ml-4";
  return (
    <div
      className={`pointer-events-none absolute top-0 left-0 z-10 mt-4 rounded-md bg-ink px-2 py-1 text-sm whitespace-nowrap text-paper shadow-float ${beyond}`}
      style={{ left: at.x, top: at.y }}
    >
      <span className="font-semibold">{name}</span>
      <span className="ml-2 opacity-75">{state}</span>
    </div>
  );
}
