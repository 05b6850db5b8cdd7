// A simulated fleet as a process of its own, with servers that take their hosts from it. Never found here: a page.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startStagger } from "./processes.mjs";

/**
 * @typedef {object} Fleet
 * @property {string} inventory the file that lists its hosts
 * @property {() => string[]} startedTwice scripts that were started more than once, by the fleet's own journal
 * @property {() => number} started how many scripts were started
 * @property {(trouble: string[]) => Promise<void>} startAgain the same hosts with the same disks, with other troubles
 * @property {() => Promise<void>} stop ends it and deletes its folder
 */

/**
 * Starts a fleet.
 * @param {{ hosts: number, trouble?: string[], speed?: string }} options as of `stagger fleet`
 * @returns {Promise<Fleet>}
 */
export async function startFleet({ hosts, trouble = [], speed = "quick" }) {
  const folder = mkdtempSync(join(tmpdir(), "stagger-fleet-"));
  const file = (/** @type {string} */ name) => join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file("key")]);
  const port = await freePort();
  let running = await begin(trouble);
  return {
    inventory: file("inventory.yaml"),
    started: () => starts().length,
    startedTwice: () => {
      const seen = new Set();
      return starts().filter((start) => seen.size === seen.add(start).size);
    },
    async startAgain(trouble) {
      await running.end("SIGTERM");
      running = await begin(trouble);
    },
    async stop() {
      await running.end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function begin(/** @type {string[]} */ trouble) {
    const size = ["--hosts", String(hosts), "--speed", speed, "--listen", `127.0.0.1:${port}`];
    const files = ["--journal", file("journal"), "--state", file("state"), "--inventory", file("inventory.yaml")];
    const troubles = trouble.flatMap((text) => ["--trouble", text]);
    const args = ["fleet", ...size, ...files, "--authorized-key", file("key.pub"), ...troubles];
    return (await startStagger(args, (said) => said.includes("fleet ready"))).running;
  }

  /** One text for each line of the journal; the same attempt gives the same text. */
  function starts() {
    const lines = readFileSync(file("journal"), "utf8").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line)).map(({ op, number, host, step }) => `${host} ${step} ${op} ${number}`);
  }
}
