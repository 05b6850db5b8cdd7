// Photographs every screen in every state against real demos, under the server's content security policy:
//
//   npm run build && npm run screenshots                 all scenes, sizes, themes and languages, into screenshots/
//   npm run screenshots -- held                          one scene
//   npm run screenshots -- --look wide-light-en held     one look of it
//
// STAGGER is the binary (otherwise ../target/debug/stagger), CHROMIUM the browser, PORTS the port before the first one
// that is taken. Fails when the page said an error,
// the policy blocked something, or axe found a barrier.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const stagger = process.env.STAGGER ?? join(root, "../target/debug/stagger");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const folder = join(root, "screenshots");
const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const input = (fields) => JSON.stringify(fields).replaceAll(/"(\w+)":/g, "$1:");
const job = (targets, start) => `mutation { createJob(input: ${input({ template: "patch-server", targets, start })}) { userErrors { message } } }`;
const schedule = (name, cron, zone) =>
  `mutation { createSchedule(input: ${input({ name, template: "patch-server", targets: "role=db", cron, zone })}) { userErrors { message } } }`;

/** What is played, what is asked for besides, when it is photographed, and which addresses of the job. */
const SCENES = {
  held: {
    demo: ["--hosts", "300", "--scene", "bad-patch"],
    until: (job) => job.status === "HELD",
    shots: [
      { name: "job" },
      { name: "host", search: "host=FAILED" },
      { name: "hosts", search: "view=hosts&only=failed" },
      { name: "timeline", search: "view=timeline" },
      { name: "plan", search: "view=plan" },
      { name: "hold", press: "Cancel" },
      { name: "keys", key: "?" },
      { name: "jobs", path: "/jobs" },
      { name: "overview", path: "/" },
      { name: "missing", path: "/jobs/01AAAAAAAAAAAAAAAAAAAAAAAA" },
    ],
  },
  failures: {
    demo: ["--hosts", "1000", "--trouble", "install fails on 2 hosts; 2 hosts have a full disk; web-0007 fails ignite with 'connection refused'"],
    until: (job) => job.status === "SETTLED" || job.status === "HELD" || job.counts.settled > 990,
    shots: [{ name: "job" }, { name: "by-label", search: "group=os" }, { name: "host", search: "host=FAILED" }],
  },
  running: {
    demo: ["--hosts", "1000", "--bake", "6s", "--concurrency", "40", "--trouble", "5 hosts are flaky; install is slow on 3 hosts"],
    until: (job) => job.counts.settled > 150,
    shots: [{ name: "job" }, { name: "hosts", search: "view=hosts&only=running" }, { name: "timeline", search: "view=timeline&events=all" }],
  },
  large: {
    demo: ["--hosts", "10000", "--concurrency", "400", "--trouble", "install fails on 3 hosts"],
    until: (job) => job.counts.settled > 2_000,
    shots: [{ name: "job" }, { name: "by-cluster", search: "group=cluster" }],
  },
  overview: {
    demo: ["--hosts", "600", "--speed", "20", "--concurrency", "60", "--trouble", "install fails on 12 hosts; 4 hosts have a full disk"],
    prepare: [
      schedule("nightly-db", "30 2 * * *", "Europe/Berlin"),
      schedule("cache-weekly", "0 4 * * SAT", "Asia/Shanghai"),
      job("role=cache", true),
      job("role=db", true),
      job("role=web and dc=fra", false),
    ],
    until: (job) => job.status === "HELD" || job.counts.settled > 30,
    shots: [{ name: "page", path: "/" }],
  },
  calm: {
    demo: ["--hosts", "300", "--bake", "6s", "--concurrency", "30"],
    until: (job) => job.counts.settled > 60,
    shots: [{ name: "page", path: "/" }],
  },
  empty: { server: true, until: () => true, shots: [{ name: "page", path: "/" }] },
  signIn: { demo: ["--hosts", "3"], signedOut: true, until: () => true, shots: [{ name: "page", path: "/jobs" }] },
};

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const LOOKS = Object.keys(SIZES).flatMap((size) =>
  ["light", "dark"].flatMap((theme) => ["en", "zh"].map((language) => ({ size, theme, language }))),
);

let port = Number(process.env.PORTS ?? 18_400);

/** A server as it is after it was installed. */
async function startServer() {
  const data = mkdtempSync(join(tmpdir(), "stagger-shots-"));
  port += 1;
  const token = join(data, "token");
  const options = ["--data", join(data, "data"), "--listen", `127.0.0.1:${port}`, "--first-token-file", token];
  const server = spawn(stagger, ["server", ...options], { stdio: ["ignore", "ignore", "inherit"] });
  await waitFor(() => existsSync(token) && readFileSync(token, "utf8").startsWith("stg_"), 60_000);
  const stop = async () => {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${port}`, token: readFileSync(token, "utf8").trim(), job: null, stop };
}

async function startDemo(args) {
  const data = mkdtempSync(join(tmpdir(), "stagger-shots-"));
  port += 1;
  const url = `http://127.0.0.1:${port}`;
  const demo = spawn(stagger, ["demo", "--data", data, "--listen", `127.0.0.1:${port}`, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  demo.stdout.on("data", (text) => (said += text));
  await waitFor(() => /access token .*: (stg_\S+)/.test(said), 60_000);
  const stop = async () => {
    demo.kill("SIGTERM");
    await new Promise((resolve) => demo.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
  };
  return { url, token: said.match(/access token .*: (stg_\S+)/)[1], job: said.match(/job ([0-9A-Z]{26})/)[1], stop };
}

async function waitFor(isSo, longest) {
  const end = Date.now() + longest;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("waited for too long");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function ask({ url, token }, query) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return (await answer.json()).data;
}

const STATE = "status counts { settled } failureClusters(first: 1) { firstHost }";

async function play(name, scene, looks, browser) {
  const demo = scene.server ? await startServer() : await startDemo(scene.demo);
  for (const mutation of scene.prepare ?? []) {
    const [answer] = Object.values(await ask(demo, mutation));
    if (answer.userErrors.length > 0) throw new Error(answer.userErrors[0].message);
  }
  const stateOf = async () => (demo.job === null ? null : (await ask(demo, `{ job(id: "${demo.job}") { ${STATE} } }`)).job);
  await waitFor(async () => scene.until(await stateOf()), 240_000);
  const failed = (await stateOf())?.failureClusters[0]?.firstHost ?? "";
  Object.assign(process.env, { STAGGER_SERVER: demo.url, STAGGER_TOKEN: demo.token });
  if (scene.signedOut) delete process.env.STAGGER_TOKEN;
  const server = await preview({ root, preview: { port: port + 200, strictPort: true }, logLevel: "error" });
  try {
    for (const look of looks) await photograph(name, scene, look, browser, demo.job, failed);
  } finally {
    await server.close();
    await demo.stop();
  }
}

async function photograph(name, scene, { size, theme, language }, browser, job, failed) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme, deviceScaleFactor: 1 });
  await context.addInitScript(([theme, language]) => {
    localStorage.setItem("stagger.theme", theme);
    localStorage.setItem("stagger.language", language);
    document.addEventListener("securitypolicyviolation", (event) => console.error(`blocked: ${event.violatedDirective} ${event.blockedURI}`));
  }, [theme, language]);
  const page = await context.newPage();
  const isExpected = (text) => scene.signedOut && text.includes("401");
  page.on("console", (message) => {
    if (message.type() === "error" && !isExpected(message.text())) complaints.push(`${name}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  for (const shot of scene.shots) {
    const path = shot.path ?? `/jobs/${job}${shot.search === undefined ? "" : `?${shot.search.replace("FAILED", failed)}`}`;
    await page.goto(`http://127.0.0.1:${port + 200}${path}`);
    await page.waitForTimeout(1_500);
    if (shot.key !== undefined) await page.keyboard.press(shot.key);
    if (shot.press !== undefined) {
      await page.getByRole("button", { name: language === "en" ? "More actions" : "更多操作" }).click();
      await page.getByRole("menuitem", { name: language === "en" ? "Cancel the job" : "取消作业" }).click();
    }
    await page.waitForTimeout(200);
    const title = `${name}-${shot.name}-${size}-${theme}-${language}`;
    await page.screenshot({ path: join(folder, `${title}.png`) });
    for (const barrier of await barriers(page)) complaints.push(`${title}: ${barrier}`);
  }
  await context.close();
}

/** What axe has against the page, one line each. */
async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate("axe.run()");
  return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, any }) => `${id}: ${html.slice(0, 120)} ${any[0]?.message ?? ""}`));
}

const complaints = [];
const words = process.argv.slice(2);
const at = words.indexOf("--look");
const wanted = at === -1 ? null : words.splice(at, 2)[1];
const looks = LOOKS.filter(({ size, theme, language }) => wanted === null || wanted === `${size}-${theme}-${language}`);
const names = words.length === 0 ? Object.keys(SCENES) : words;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: browserPath, args: FLAGS });
try {
  for (const name of names) await play(name, SCENES[name], looks, browser);
} finally {
  await browser.close();
}
for (const complaint of new Set(complaints)) console.error(complaint);
process.exit(complaints.length > 0 ? 1 : 0);
