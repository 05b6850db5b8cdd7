// Photographs every screen in every state against real demos, under the server's content security policy:
//
//   npm run build && npm run screenshots                    all scenes, sizes, themes and languages, into screenshots/
//   npm run screenshots -- held                             one scene
//   npm run screenshots -- --look wide-light-en held        one look of it
//   npm run screenshots -- --look wide-light-en held/host   one shot of it
//
// STAGGER is the binary (otherwise ../target/debug/stagger), CHROMIUM the browser. Fails when the page said an error, the
// policy blocked something, or axe found a barrier. What is photographed stands in scenes.mjs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview } from "vite";
import { barriers, launch, listenTo, LOOKS, openContext, settle } from "../stage/browser.mjs";
import { freePort } from "../stage/processes.mjs";
import { ask, startDemo, startServer } from "../stage/servers.mjs";
import { textsIn } from "../stage/texts.mjs";
import { until } from "../stage/wait.mjs";
import { SCENES } from "./scenes.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "screenshots");
const STATE = "status counts { settled } failureClusters(first: 1) { firstHost }";

const complaints = new Set();
const words = process.argv.slice(2);
const at = words.indexOf("--look");
const wanted = at === -1 ? null : words.splice(at, 2)[1];
const looks = LOOKS.filter(({ size, theme, language }) => wanted === null || wanted === `${size}-${theme}-${language}`);
const names = words.length === 0 ? Object.keys(SCENES) : words;

mkdirSync(folder, { recursive: true });
const browser = await launch();
try {
  for (const name of names) await play(name);
} finally {
  await browser.close();
}
for (const complaint of complaints) console.error(complaint);
process.exit(complaints.size > 0 ? 1 : 0);

async function play(named) {
  const [name, only] = named.split("/");
  const scene = SCENES[name];
  if (scene === undefined) throw new Error(`there is no scene ${name}; there are ${Object.keys(SCENES).join(", ")}`);
  const shots = scene.shots.filter((shot) => only === undefined || shot.name === only);
  const server = scene.server ? await startServer() : await startDemo(scene.demo);
  try {
    const failed = await prepare(name, scene, server);
    const front = await openFront(scene, server);
    try {
      for (const look of looks) await photograph(name, scene, shots, look, { front: front.url, job: server.job, failed });
    } finally {
      await front.close();
    }
  } finally {
    await server.stop();
  }
}

/** Brings a scene to where it is photographed, and tells the first host that failed in its job. */
async function prepare(name, scene, server) {
  for (const mutation of scene.prepare ?? []) await ask(server, mutation);
  const stateOf = async () => (await ask(server, `{ job(id: "${server.job}") { ${STATE} } }`)).job;
  if (server.job === "") return "";
  await until(`the scene ${name} is set`, async () => scene.until(await stateOf()), 240_000);
  return (await stateOf()).failureClusters[0]?.firstHost ?? "";
}

/** The dashboard as it was built last, signed in to the server by a proxy. */
async function openFront(scene, server) {
  Object.assign(process.env, { STAGGER_SERVER: server.url, STAGGER_TOKEN: server.token });
  if (scene.signedOut) delete process.env.STAGGER_TOKEN;
  const port = await freePort();
  const vite = await preview({ root, preview: { port, strictPort: true }, logLevel: "error" });
  return { url: `http://127.0.0.1:${port}`, close: () => vite.close() };
}

async function photograph(name, scene, shots, look, { front, job, failed }) {
  const context = await openContext(browser, look);
  const page = await context.newPage();
  listenTo(page, (text) => complaints.add(`${name}: ${text}`), (text) => scene.signedOut === true && text.includes("401"));
  for (const shot of shots) {
    const ofJob = shot.search === undefined ? "/jobs/JOB" : `/jobs/JOB?${shot.search}`;
    await page.goto(`${front}${(shot.path ?? ofJob).replace("JOB", job).replace("FAILED", failed)}`);
    await settle(page);
    if (shot.act !== undefined) {
      await shot.act(page, textsIn(look.language));
      await settle(page);
    }
    const title = `${name}-${shot.name}-${look.size}-${look.theme}-${look.language}`;
    await page.screenshot({ path: join(folder, `${title}.png`) });
    for (const barrier of await barriers(page)) complaints.add(`${title}: ${barrier}`);
  }
  await context.close();
}
