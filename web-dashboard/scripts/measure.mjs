// How each figure of bench.mjs is taken. Never found here: a goal.
import { readFileSync } from "node:fs";
import { ask } from "../stage/servers.mjs";
import { settle, SIZES } from "../stage/browser.mjs";
import { until } from "../stage/wait.mjs";

const GRID = "[role=application] canvas";
const RUNS = 5;
const LISTENS = 15_000;

async function openContext(browser, { url, token }) {
  const context = await browser.newContext({ viewport: SIZES.wide });
  const answer = await context.request.post(`${url}/session`, { data: { token } });
  if (!answer.ok()) throw new Error(`no session: ${answer.status()}`);
  return context;
}

/**
 * The first screen of a browser that has never been here, the median of five: what the browser itself reports of its paints,
 * the moment at which the grid has its place, and what came over the wire until then.
 */
export async function firstScreen(browser, server) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await openOnce(browser, server));
  const scripts = runs[0].responses.filter(({ type }) => type === "Script");
  return {
    paint: median(runs.map(({ paint }) => paint)),
    largest: median(runs.map(({ largest }) => largest)),
    grid: median(runs.map(({ grid }) => grid)),
    scripts: sum(scripts.map(({ bytes }) => bytes)),
    scriptsGzip: sum(await Promise.all(scripts.map(({ address }) => gzipped(address)))),
    all: sum(runs[0].responses.map(({ bytes }) => bytes)),
    encodings: [...new Set(scripts.map(({ encoding }) => encoding))].join(", "),
  };
}

async function openOnce(browser, server) {
  const context = await openContext(browser, server);
  const page = await context.newPage();
  await page.addInitScript((grid) => {
    window.marks = { grid: 0, largest: 0 };
    new PerformanceObserver((list) => (window.marks.largest = list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true });
    const watch = () => {
      if (document.querySelector(grid) === null) requestAnimationFrame(watch);
      else requestAnimationFrame(() => (window.marks.grid = performance.now()));
    };
    requestAnimationFrame(watch);
  }, GRID);
  const responses = await listenToWire(page);
  await page.goto(`${server.url}/jobs/${server.job}`);
  await page.waitForFunction(() => window.marks.grid > 0);
  await settle(page);
  const marks = await page.evaluate(() => ({ ...window.marks, paint: performance.getEntriesByName("first-contentful-paint")[0].startTime }));
  await context.close();
  return { ...marks, responses: [...responses.values()] };
}

/** Every response with the bytes it took on the wire, headers included. */
async function listenToWire(page) {
  const client = await page.context().newCDPSession(page);
  const responses = new Map();
  client.on("Network.responseReceived", ({ requestId, type, response }) => {
    const encoding = response.headers["content-encoding"] ?? "plain";
    responses.set(requestId, { type, address: response.url, encoding, bytes: 0 });
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const response = responses.get(requestId);
    if (response !== undefined) response.bytes = encodedDataLength;
  });
  await client.send("Network.enable");
  return responses;
}

async function gzipped(address) {
  const answer = await fetch(address, { method: "HEAD", headers: { "accept-encoding": "gzip" } });
  return Number(answer.headers.get("content-length"));
}

/** A page that notes, for every message of the grid, when it came and when the frame that drew it was over. */
export async function listen(browser, server) {
  const context = await openContext(browser, server);
  const page = await context.newPage();
  await page.addInitScript(() => {
    const messages = [];
    let undrawn = [];
    window.grid = { messages, own: [] };
    window.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => {
          const grid = data.includes('"jobGrid"') ? JSON.parse(data).payload?.data?.jobGrid : undefined;
          if (grid === undefined) return;
          const message = { kind: grid.__typename, after: grid.after, position: grid.position, bytes: data.length, came: Date.now(), drawn: null };
          messages.push(message);
          undrawn.push(message);
        });
      }
    };
    // The grid draws in animation frames, and begins each drawing here. It is on the screen before the next frame begins.
    const begin = CanvasRenderingContext2D.prototype.setTransform;
    CanvasRenderingContext2D.prototype.setTransform = function (...transform) {
      const drawing = undrawn;
      undrawn = [];
      if (drawing.length > 0) {
        nextFrame(() => {
          for (const message of drawing) message.drawn = Date.now();
        });
      }
      return begin.apply(this, transform);
    };
    const nextFrame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (run) =>
      nextFrame((now) => {
        const began = performance.now();
        run(now);
        window.grid.own.push(performance.now() - began);
      });
    window.nextFrame = nextFrame;
  });
  await page.goto(`${server.url}/jobs/${server.job}`);
  await page.waitForSelector(GRID);
  await settle(page);
  return { page, context };
}

/**
 * The times between frames while a hand zooms in by the wheel, pans in circles, and zooms out; and what of each frame went
 * by in our own code. Frames that the browser would not have drawn anyway are not told apart.
 */
export async function pan(page) {
  const box = await page.locator(GRID).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.evaluate(() => {
    window.intervals = [];
    window.grid.own.length = 0;
    let before = performance.now();
    const note = (now) => {
      window.intervals.push(now - before);
      before = now;
      window.noting = window.nextFrame(note);
    };
    window.nextFrame((now) => {
      before = now;
      window.noting = window.nextFrame(note);
    });
  });
  for (let turn = 0; turn < 3; turn += 1) {
    for (let notch = 0; notch < 8; notch += 1) await page.mouse.wheel(0, -120);
    await page.mouse.down();
    for (let step = 0; step <= 120; step += 1) {
      const angle = (step / 60) * Math.PI * 2;
      await page.mouse.move(x + Math.sin(angle) * 200, y + (Math.cos(angle) - 1) * 100);
    }
    await page.mouse.up();
    for (let notch = 0; notch < 8; notch += 1) await page.mouse.wheel(0, 120);
  }
  const { frames, own } = await page.evaluate(() => {
    cancelAnimationFrame(window.noting);
    return { frames: window.intervals, own: [...window.grid.own] };
  });
  return {
    frames: frames.length,
    p50: percentile(frames, 50),
    p95: percentile(frames, 95),
    longest: Math.max(...frames),
    ownP50: percentile(own, 50),
    ownP95: percentile(own, 95),
  };
}

/**
 * How long changes took from their record in the log to the frame that showed them. Of every delta the oldest event counts,
 * by the server's time of its record; both clocks are this machine's.
 */
export async function wire(page, server) {
  const from = await page.evaluate(() => window.grid.messages.length);
  const began = Date.now();
  const heard = () => page.evaluate((from) => window.grid.messages.slice(from).filter(({ kind, drawn }) => kind === "GridDelta" && drawn !== null), from);
  const deltas = await until("the grid has changed for a while", async () => Date.now() - began > LISTENS && heard(), LISTENS * 2);
  const seconds = (Date.now() - began) / 1_000;
  if (deltas.length === 0) throw new Error("nothing changed on the grid");
  const recorded = await recordedAt(server, deltas[0].after);
  const took = deltas.flatMap(({ after, drawn }) => (recorded.has(after + 1) ? [drawn - recorded.get(after + 1)] : []));
  const [snapshot] = await page.evaluate(() => window.grid.messages.filter(({ kind }) => kind === "Grid").map(({ bytes }) => bytes));
  return {
    changes: took.length,
    p50: percentile(took, 50),
    p95: percentile(took, 95),
    longest: Math.max(...took),
    snapshot,
    deltaBytes: sum(deltas.map(({ bytes }) => bytes)) / deltas.length,
    deltasPerSecond: deltas.length / seconds,
  };
}

/** When the events after a position were recorded. */
async function recordedAt(server, position) {
  const times = new Map();
  let after = null;
  for (;;) {
    const { events } = await ask(server, "query ($after: String) { events(first: 200, newestFirst: true, after: $after) { nodes { position at } pageInfo { endCursor hasNextPage } } }", { after });
    for (const event of events.nodes) times.set(event.position, Date.parse(event.at));
    if (!events.pageInfo.hasNextPage || events.nodes.at(-1).position <= position) return times;
    after = events.pageInfo.endCursor;
  }
}

/** In megabytes: what is private to the tab's process, by the kernel, and JavaScript's heap in it after a collection. */
export async function memory(browser, page) {
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  await client.send("Performance.enable");
  const { metrics } = await client.send("Performance.getMetrics");
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => privateBytes(id));
  return { heap: heap / 1e6, renderer: Math.max(...renderers) / 1e6 };
}

function privateBytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return sum([...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, kilobytes]) => Number(kilobytes) * 1_024));
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const median = (numbers) => percentile(numbers, 50);

function percentile(numbers, percent) {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}
