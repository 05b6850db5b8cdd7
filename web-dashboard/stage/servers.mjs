// Real servers to show the dashboard with: one as it is after it was installed, and demos with a simulated fleet. Each has
// a folder and a port of its own, and is ended by its process id. Never found here: a page.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./wait.mjs";

const STAGGER = process.env.STAGGER ?? fileURLToPath(new URL("../../target/debug/stagger", import.meta.url));

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {string} token an access token that may do everything
 * @property {string} link signs a browser in, once; empty where the server printed none
 * @property {string} job the ULID of the demo's job; empty without one
 * @property {number} pid
 * @property {() => string} said what it has printed so far
 * @property {() => Promise<Server>} killAndStartAgain ends it as a power cut would; the same data and port go on
 * @property {() => Promise<void>} stop ends it and deletes its folder
 */

/**
 * A server as it is after it was installed.
 * @returns {Promise<Server>}
 */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "stagger-stage-"));
  const token = join(folder, "token");
  const port = await freePort();
  const args = ["server", "--data", join(folder, "data"), "--first-token-file", token];
  const read = () => existsSync(token) && readFileSync(token, "utf8").match(/^stg_\S+/)?.[0];
  return start(folder, port, args, () => read() && { token: read(), link: "", job: "" });
}

/**
 * A demo: a simulated fleet, and a job that goes through it.
 * @param {string[]} options of `stagger demo`
 * @returns {Promise<Server>}
 */
export async function startDemo(options) {
  const folder = mkdtempSync(join(tmpdir(), "stagger-stage-"));
  const port = await freePort();
  return start(folder, port, ["demo", "--data", join(folder, "data"), ...options], (said) => {
    const token = said.match(/access token .*: (stg_\S+)/)?.[1];
    return token && { token, link: said.match(/open (\S+)/)?.[1] ?? "", job: said.match(/job ([0-9A-Z]{26})/)?.[1] ?? "" };
  });
}

async function start(folder, port, args, introduction) {
  let said = "";
  let running = await begin();
  const known = await until("the server has introduced itself", () => hasEnded(running) || introduction(said), 120_000);
  if (known === true) throw new Error(`stagger ended at once:\n${said}`);
  const url = `http://127.0.0.1:${port}`;
  const server = {
    url,
    ...known,
    get pid() {
      return running.pid;
    },
    said: () => said,
    async killAndStartAgain() {
      await end(running, "SIGKILL");
      running = await begin();
      await until("the server answers again", () => answers(url), 120_000);
      return server;
    },
    async stop() {
      await end(running, "SIGTERM");
      await endFleet(join(folder, "data/fleet.pid"));
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  await until("the server answers", () => answers(url), 120_000);
  return server;

  async function begin() {
    const child = spawn(STAGGER, [...args, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return child;
  }
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child, signal) {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

// A demo's fleet is a process of its own, which outlives the server on purpose.
async function endFleet(file) {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  try {
    process.kill(pid, "SIGTERM");
    await until("the fleet has ended", () => !existsSync(`/proc/${pid}`));
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

async function answers(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** A port that nobody listens on; asked of the system, so that two runs beside each other do not meet. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Asks the GraphQL API, and gives back the answer's `data`.
 * @param {Pick<Server, "url" | "token">} server
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @returns {Promise<any>}
 */
export async function ask({ url, token }, query, variables = {}) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
