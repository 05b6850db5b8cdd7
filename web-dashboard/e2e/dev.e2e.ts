import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { until } from "../stage/wait.mjs";
import { forThisStory, story } from "./story";

const SCRIPT = fileURLToPath(new URL("../scripts/dev.mjs", import.meta.url));

story("make dev serves the dashboard signed in beside a demo, and one Ctrl-C ends all of it", async (openTab) => {
  const dev = spawn(process.execPath, [SCRIPT, "--hosts", "10"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => dev.once("exit", resolve));
  await forThisStory(Promise.resolve({ stop: async () => void (dev.kill("SIGINT"), await ended) }));
  let said = "";
  dev.stdout.on("data", (text) => (said += text));
  // Vite colours the port apart from the address, where it thinks that somebody looks.
  // oxlint-disable-next-line no-control-regex
  const page = await until("Vite serves", () => said.replaceAll(/\u001b\[\d+m/g, "").match(/Local:\s+(http:\S+)/)?.[1], 120_000);
  const server = await until("the demo is named", () => said.match(/server is (http:[^,]+)/)?.[1]);

  const tab = await openTab();
  await tab.open(page);
  await tab.page.getByRole("navigation", { name: tab.t("shell.navigation") }).waitFor();
  await tab.page.getByText("token:first").first().waitFor();

  // A page that stays would complain that the server is gone.
  await tab.page.close();
  const children = descendantsOf(dev.pid ?? 0);
  expect(children.length).toBeGreaterThanOrEqual(2);
  dev.kill("SIGINT");
  await ended;
  expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  await expect(fetch(server)).rejects.toThrow("fetch failed");
});

/** The processes that a process has started, and those that these have. Any thread may have. */
function descendantsOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
  const children = lists.flatMap((list) => list.match(/\d+/g) ?? []).map(Number);
  return [...children, ...children.flatMap(descendantsOf)];
}
