// Measures the dashboard's budgets in real Chromium, on the Job screen of a rollout that is under way:
//
//   npm run bench                   10,000 and 50,000 simulated hosts
//   npm run bench -- 10000          one size
//
// STAGGER is the binary (otherwise ../target/debug/stagger), CHROMIUM the browser. Fails when a budget is missed. How each
// figure is taken stands in measure.mjs; never found here: a figure without its goal.
import { cpus, loadavg } from "node:os";
import { launch } from "../stage/browser.mjs";
import { ask, startDemo } from "../stage/servers.mjs";
import { until } from "../stage/wait.mjs";
import { firstScreen, listen, memory, pan, wire } from "./measure.mjs";

const sizes = process.argv.slice(2).map(Number);
let missed = 0;

console.log(`dashboard on ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, Chromium headless without a GPU`);
for (const hosts of sizes.length > 0 ? sizes : [10_000, 50_000]) await measure(hosts);
process.exit(missed > 0 ? 1 : 0);

/** Few hosts at a time, and slow ones: the fleet, the server and the browser share the processors. */
async function measure(hosts) {
  const began = Date.now();
  const demo = await startDemo(["--hosts", String(hosts), "--scene", "patch", "--concurrency", "8", "--speed", "40", "--bake", "0s"]);
  try {
    const counts = async () => (await ask(demo, `{ job(id: "${demo.job}") { counts { settled } } }`)).job.counts;
    console.log(`\n${hosts.toLocaleString("en")} hosts: planned and serving after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    await until("the canary is through", async () => (await counts()).settled > 1, 240_000);
    const browser = await launch();
    try {
      await judge(browser, demo);
    } finally {
      await browser.close();
    }
  } finally {
    await demo.stop();
  }
}

async function judge(browser, demo) {
  const first = await firstScreen(browser, demo);
  say("first contentful paint of the Job screen", "< 1.5 s", `${first.paint.toFixed(0)} ms`, first.paint < 1_500);
  say("largest contentful paint", "< 1.5 s", `${first.largest.toFixed(0)} ms`, first.largest < 1_500);
  say("the grid stands", "< 1.5 s", `${first.grid.toFixed(0)} ms`, first.grid < 1_500);
  say("scripts of the first screen, gzip", "< 300 kB", kilobytes(first.scriptsGzip), first.scriptsGzip < 300_000);
  tell("on the wire for it", `${kilobytes(first.scripts)} of scripts, ${kilobytes(first.all)} in all (${first.encodings})`);

  const { page, context } = await listen(browser, demo);
  const moved = await pan(page);
  const frames = `p50 ${moved.p50.toFixed(1)}, p95 ${moved.p95.toFixed(1)}, longest ${moved.longest.toFixed(1)} ms over ${moved.frames} frames`;
  say("grid panned and zoomed", "p95 <= 17 ms", frames, moved.p95 <= 17);
  tell("of which in our own code", `p50 ${moved.ownP50.toFixed(1)}, p95 ${moved.ownP95.toFixed(1)} ms a frame`);
  const heard = await wire(page, demo);
  say("a host's change, from the log to the pixel", "< 1 s", `p50 ${heard.p50} ms, p95 ${heard.p95} ms, longest ${heard.longest} ms of ${heard.changes}`, heard.p95 < 1_000);
  tell("grid on the wire", `snapshot ${kilobytes(heard.snapshot)}, then ${heard.deltaBytes.toFixed(0)} B a delta, ${heard.deltasPerSecond.toFixed(1)} a second`);
  const held = await memory(browser, page);
  say("memory of the tab", "< 150 MB", `${held.renderer.toFixed(0)} MB private to its process, ${held.heap.toFixed(0)} MB of it JavaScript's`, held.renderer < 150);
  await context.close();
}

function say(what, goal, figure, holds) {
  if (!holds) missed += 1;
  console.log(`  ${holds ? "ok    " : "MISSED"} ${what.padEnd(44)} ${goal.padEnd(14)} ${figure}`);
}

function tell(what, figure) {
  console.log(`         ${what.padEnd(44)} ${"".padEnd(14)} ${figure}`);
}

function kilobytes(bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
