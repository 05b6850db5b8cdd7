// Real servers to show the dashboard with: one as it is after it was installed, and demos. Each has a folder and a port of
// its own. Never found here: a page.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startStagger } from "./processes.mjs";
import { until } from "./wait.mjs";

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {string} token an access token that may do everything
 * @property {string} link signs a browser in, once
 * @property {string} job the ULID of the demo's job; empty without one
 * @property {() => number} pid
 * @property {() => Promise<void>} kill ends it as a power cut would
 * @property {() => Promise<void>} startAgain on the same data and port
 * @property {() => Promise<void>} stop ends it and deletes its folder
 */

/**
 * A server as it is after it was installed, with the hosts of a fleet if one is given.
 * @param {{ inventory?: string }} [options]
 * @returns {Promise<Server>}
 */
export function startServer({ inventory } = {}) {
  return start(["server", ...(inventory === undefined ? [] : ["--inventory", inventory])]);
}

/**
 * A demo: a simulated fleet, and a job that goes through it.
 * @param {string[]} options of `stagger demo`
 * @returns {Promise<Server>}
 */
export function startDemo(options) {
  // What goes wrong in it is what was asked for, and nothing besides.
  const scene = options.includes("--scene") ? [] : ["--scene", "patch"];
  return start(["demo", ...scene, ...options]);
}

async function start(/** @type {string[]} */ options) {
  const folder = mkdtempSync(join(tmpdir(), "stagger-stage-"));
  const data = join(folder, "data");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [...options, "--data", data, "--listen", `127.0.0.1:${port}`];
  const first = await startStagger(args, introduction);
  let { running } = first;
  const server = {
    url,
    ...first.told,
    pid: () => running.pid,
    kill: () => running.end("SIGKILL"),
    async startAgain() {
      running = (await startStagger(args, (said) => said.includes(url))).running;
      await isReady(url);
    },
    async stop() {
      await running.end("SIGTERM");
      await endFleet(join(data, "fleet.pid"));
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  await isReady(url);
  return server;
}

/** What a server tells whoever started it for the first time; nothing as long as it has not said all of it. */
function introduction(/** @type {string} */ said) {
  const token = said.match(/token.*?:\s+(stg_\S+)/)?.[1];
  const link = said.match(/http\S+#once=stg_\S+/)?.[0];
  if (token === undefined || link === undefined) return null;
  return { token, link, job: said.match(/job ([0-9A-Z]{26})/)?.[1] ?? "" };
}

function isReady(/** @type {string} */ url) {
  const asked = () => fetch(`${url}/readyz`).then(({ ok }) => ok, () => false);
  return until("the server answers", asked, 120_000);
}

// A demo's fleet is a process of its own, which outlives the server on purpose.
async function endFleet(/** @type {string} */ file) {
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (pid === 0 || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, "SIGTERM");
  await until("the fleet has ended", () => !existsSync(`/proc/${pid}`));
}

/**
 * Asks the GraphQL API, and gives back the answer's `data`. A refusal, of a mutation too, is an error here.
 * @param {Pick<Server, "url" | "token">} server
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @returns {Promise<any>}
 */
export async function ask({ url, token }, query, variables = {}) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors = [] } = await answer.json();
  const refusals = Object.values(data ?? {}).flatMap((field) => field?.userErrors ?? []);
  for (const { message } of [...errors, ...refusals]) throw new Error(`${query}\n${message}`);
  return data;
}
