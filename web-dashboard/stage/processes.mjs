// Processes of the stagger binary: started, listened to, and ended by their own id. Never found here: what they are for.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "./wait.mjs";

const STAGGER = process.env.STAGGER ?? fileURLToPath(new URL("../../target/debug/stagger", import.meta.url));

/**
 * A running process.
 * @typedef {object} Running
 * @property {number} pid
 * @property {() => string} said what it has printed so far, errors too
 * @property {(signal: "SIGTERM" | "SIGINT" | "SIGKILL") => Promise<void>} end
 */

/**
 * Starts stagger, and waits until what it prints tells what is asked of it.
 * @template T
 * @param {string[]} args
 * @param {(said: string) => T} told
 * @returns {Promise<{ running: Running, told: NonNullable<T> }>}
 */
export async function startStagger(args, told) {
  const child = spawn(STAGGER, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", () => reject(new Error(`there is no stagger at ${STAGGER}; make build makes it`)));
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const running = {
    pid: /** @type {number} */ (child.pid),
    said: () => said,
    async end(/** @type {NodeJS.Signals} */ signal) {
      if (!hasEnded()) child.kill(signal);
      await ended;
    },
  };
  const answer = await until(`stagger ${args[0]} is ready`, () => told(said) || (hasEnded() && "ended"), 120_000);
  if (answer === "ended") throw new Error(`stagger ${args.join(" ")} ended at once:\n${said}`);
  return { running, told: /** @type {NonNullable<T>} */ (answer) };
}

/** A port that nobody listens on; asked of the system, so that two runs beside each other do not meet. */
export function freePort() {
  return new Promise((/** @type {(port: number) => void} */ resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}
