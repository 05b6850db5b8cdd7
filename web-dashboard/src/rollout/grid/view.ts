/* One canvas and the loop that keeps it true. It sleeps until something changed, and then draws only that. */
import { type Camera, pan, reveal, type Room, toLayout, toScreen, WHOLE, within, zoomAt } from "./camera";
import type { Grouping } from "./grouping";
import { type Ink, readInk, Stamps } from "./ink";
import { blockAt, type Layout, layOut, placeAt, type Spot, spotOf } from "./layout";
import type { GridModel } from "./model";
import {
  eachInSight,
  grainOf,
  gutterFor,
  MARGIN,
  paintBlocks,
  paintCard,
  paintLabels,
  paintPoint,
  paintStamp,
  type Scene,
  type Words,
  zoomOfHosts,
} from "./paint";

/** More changes than this at once, and drawing everything is cheaper. */
const MOST_SINGLE = 1_500;
const CARD_MARK = 16;

export class GridView {
  private grouping: Grouping | null = null;
  private layout: Layout | null = null;
  private camera: Camera = WHOLE;
  private size: Room = { width: 0, height: 0 };
  private ratio = 1;
  private ink: Ink;
  private stamps: Stamps | null = null;
  private image: ImageData | null = null;
  private lit: ReadonlySet<number> | null = null;
  private words: Words = { number: String, name: () => undefined, state: () => "" };
  /** Room for the labels of bands. */
  private labels = 0;
  private frame = 0;
  private everything = true;
  private readonly changed = new Set<number>();
  /** Told after every frame: where marks over the canvas belong has changed. */
  onFrame: () => void = () => undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly context: CanvasRenderingContext2D,
    private readonly model: GridModel,
  ) {
    this.ink = readInk(canvas.parentElement ?? document.body);
  }

  get zoom(): number {
    return this.camera.zoom;
  }

  resize(width: number, height: number, ratio: number) {
    this.size = { width, height };
    this.ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.image = null;
    this.arrange();
  }

  group(grouping: Grouping) {
    this.grouping = grouping;
    this.camera = WHOLE;
    this.arrange();
  }

  speak(words: Words) {
    this.words = words;
    this.redraw();
  }

  light(lit: ReadonlySet<number> | null) {
    this.lit = lit;
    this.redraw();
  }

  /** Reads the colours anew: the theme has changed. */
  recolour() {
    this.ink = readInk(this.canvas.parentElement ?? document.body);
    this.stamps = null;
    this.redraw();
  }

  /** Hosts changed; `null` means all. */
  mark(hosts: Uint32Array | null) {
    if (hosts === null || hosts.length > MOST_SINGLE) return this.redraw();
    for (const host of hosts) this.changed.add(host);
    return this.wake();
  }

  pan(dx: number, dy: number) {
    this.look(pan(this.camera, dx, dy));
  }

  zoomAt(factor: number, point: Spot) {
    if (this.layout !== null) this.look(zoomAt(this.camera, factor, this.inside(point), this.layout));
  }

  whole() {
    this.look(WHOLE);
  }

  /** Brings a host in sight. */
  reveal(host: number) {
    if (this.layout === null || this.grouping === null) return;
    const spot = spotOf(this.layout, this.grouping.placeOf(host));
    this.look(reveal(this.camera, spot, this.layout, this.room));
  }

  /** Comes so near to the block under a point that its hosts are drawn one by one. Does nothing where they are already. */
  enter(point: Spot) {
    if (this.layout === null || grainOf(this.layout, this.camera) !== "blocks") return;
    const spot = toLayout(this.camera, this.inside(point));
    if (blockAt(this.layout, spot) !== undefined) this.zoomAt(zoomOfHosts(this.layout) / this.camera.zoom, point);
  }

  /** The host under a point of the canvas; nobody's while hosts are drawn as blocks, where no point is one host. */
  hostAt(point: Spot): number | null {
    if (this.layout === null || this.grouping === null || this.inside(point).x < 0) return null;
    if (grainOf(this.layout, this.camera) === "blocks") return null;
    const place = placeAt(this.layout, toLayout(this.camera, this.inside(point)));
    return place === null ? null : this.grouping.hostAt(place);
  }

  /** Where a host's cell is on the canvas; `null` where it is out of sight. */
  boxOf(host: number): { x: number; y: number; side: number } | null {
    if (this.layout === null || this.grouping === null) return null;
    const spot = toScreen(this.camera, spotOf(this.layout, this.grouping.placeOf(host)));
    const side = this.layout.cell * this.camera.zoom;
    const { width, height } = this.room;
    const seen = spot.x + side > 0 && spot.y + side > 0 && spot.x < width && spot.y < height;
    return seen ? { x: spot.x + this.gutter, y: spot.y, side } : null;
  }

  get arrangement(): Layout | null {
    return this.layout;
  }

  close() {
    cancelAnimationFrame(this.frame);
  }

  private get gutter(): number {
    return this.layout?.kind === "tiles" ? MARGIN : this.labels;
  }

  private get room(): Room {
    return { width: Math.max(0, this.size.width - this.gutter - 12), height: this.size.height };
  }

  private inside(point: Spot): Spot {
    return { x: point.x - this.gutter, y: point.y };
  }

  private arrange() {
    if (this.grouping === null || this.size.width === 0) return;
    const { groups } = this.grouping;
    this.labels = Math.min(gutterFor(this.context, this.ink, groups), this.size.width / 3);
    this.layout = layOut(groups, Math.max(40, this.size.width - this.labels - 12), this.size.height);
    this.look(this.camera);
  }

  private look(camera: Camera) {
    if (this.layout === null) return;
    this.camera = within(camera, this.layout, this.room);
    this.redraw();
  }

  private redraw() {
    this.everything = true;
    this.wake();
  }

  private wake() {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw() {
    this.frame = 0;
    const { layout, grouping } = this;
    if (layout === null || grouping === null || this.model.hosts === 0) return;
    const scene: Scene = { ...this.constant(layout, grouping) };
    const grain = grainOf(layout, this.camera);
    // Blocks and cards are few: they are drawn whole.
    if (this.everything || grain === "blocks" || grain === "cards") this.drawAll(scene);
    else this.drawChanged(scene, grain === "points");
    this.everything = false;
    this.changed.clear();
    this.onFrame();
  }

  private constant(layout: Layout, grouping: Grouping): Scene {
    const { model, camera, room, gutter, ratio, ink, lit, words } = this;
    return { model, grouping, layout, camera, room, gutter, ratio, ink, lit, words };
  }

  private drawAll(scene: Scene) {
    const { context, canvas, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const grain = grainOf(scene.layout, scene.camera);
    if (grain === "points") this.drawPoints(scene);
    context.setTransform(1, 0, 0, 1, this.gutter * ratio, 0);
    context.save();
    context.beginPath();
    context.rect(0, 0, scene.room.width * ratio + ratio, canvas.height);
    context.clip();
    if (grain === "blocks") paintBlocks(scene, context);
    if (grain === "stamps") eachInSight(scene, (place, x, y) => paintStamp(scene, context, this.stampsFor(scene), place, x, y));
    if (grain === "cards") eachInSight(scene, (place, x, y) => paintCard(scene, context, this.stampsFor(scene), place, x, y));
    context.restore();
    paintLabels(scene, context);
  }

  private drawPoints(scene: Scene) {
    const width = Math.ceil(scene.room.width * this.ratio);
    if (width === 0 || this.canvas.height === 0) return;
    if (this.image?.width !== width || this.image.height !== this.canvas.height) {
      this.image = this.context.createImageData(width, this.canvas.height);
    }
    const points = new Uint32Array(this.image.data.buffer);
    points.fill(0);
    eachInSight(scene, (place, x, y) => paintPoint(scene, points, width, place, x, y));
    this.context.putImageData(this.image, Math.round(this.gutter * this.ratio), 0);
  }

  private drawChanged(scene: Scene, asPoints: boolean) {
    const { context, ratio } = this;
    const left = Math.round(this.gutter * ratio);
    context.setTransform(1, 0, 0, 1, left, 0);
    for (const host of this.changed) {
      const box = this.boxOf(host);
      if (box === null) continue;
      const [x, y, side] = [box.x - this.gutter, box.y, Math.ceil(box.side * ratio)];
      const place = scene.grouping.placeOf(host);
      const [px, py] = [Math.round(x * ratio), Math.round(y * ratio)];
      if (asPoints && this.image !== null) {
        paintPoint(scene, new Uint32Array(this.image.data.buffer), this.image.width, place, x, y);
        context.putImageData(this.image, left, 0, px, py, side, side);
      } else {
        context.clearRect(px, py, side, side);
        paintStamp(scene, context, this.stampsFor(scene), place, x, y);
      }
    }
  }

  private stampsFor(scene: Scene): Stamps {
    const cards = grainOf(scene.layout, scene.camera) === "cards";
    const side = cards ? CARD_MARK : scene.layout.cell * scene.camera.zoom;
    const size = Math.max(1, Math.floor(side * this.ratio));
    if (this.stamps?.size !== size) this.stamps = new Stamps(this.ink, size);
    return this.stamps;
  }
}
