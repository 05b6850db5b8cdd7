// What is photographed. Never found here: how.
import { readFileSync } from "node:fs";

const input = (fields) => JSON.stringify(fields).replaceAll(/"(\w+)":/g, "$1:");
const job = (targets, start) => `mutation { createJob(input: ${input({ template: "patch-server", targets, start })}) { userErrors { message } } }`;
const schedule = (name, cron, zone, more = {}) =>
  `mutation { createSchedule(input: ${input({ name, template: "patch-server", targets: "role=db", cron, zone, ...more })}) { userErrors { message } } }`;
/** Every minute for a while from now on: what has fired is to be seen, and not too much of it. */
const soon = new Date(Date.now() + 60_000);
const fromNowOn = `${soon.getUTCMinutes()}-${Math.min(soon.getUTCMinutes() + 9, 59)} ${soon.getUTCHours()} * * *`;
/** A template that only looks, watched for so long after each batch. */
const checkup = (bake) => {
  const source = `template: checkup\ntargets: role=db\nworkflow:\n  - {step: check, action: patch.check}\nbatches:\n  - {size: 25%, bake: ${bake}, repeat: true}\n`;
  return `mutation { applyTemplate(input: ${input({ source, file: "checkup.yaml" })}) { userErrors { message } } }`;
};

const jobOf = (template, targets) =>
  `mutation { createJob(input: ${input({ template, targets, start: true })}) { userErrors { message } } }`;

/** Opens the panel of a schedule from its first moment on the calendar. */
const choose = (name) => async (page) => {
  const moment = page.getByRole("button", { name: new RegExp(name) }).last();
  // On a narrow screen the calendar is a list, of which only what is in sight exists.
  for (let screens = 0; screens < 20 && (await moment.count()) === 0; screens += 1) {
    const { width, height } = page.viewportSize();
    await page.mouse.move(width / 2, height * 0.7);
    await page.mouse.wheel(0, height / 3);
    await page.waitForTimeout(150);
  }
  await moment.click();
};

async function mistypeCron(page, t) {
  await page.getByLabel(t("schedules.field.name"), { exact: true }).fill("nightly");
  await page.getByLabel(t("schedules.field.template"), { exact: true }).selectOption("patch-server");
  await page.getByLabel(t("schedules.field.targets"), { exact: true }).fill("role=web and dc=fra");
  await page.getByLabel(t("schedules.field.cron"), { exact: true }).fill("61 2 * * *");
}

async function chooseCancel(page, t) {
  await page.getByRole("button", { name: t("action.more") }).click();
  await page.getByRole("menuitem", { name: t("action.CANCEL.verb") }).click();
}

async function checkRecord(page, t) {
  await page.getByRole("table").getByRole("button").first().click();
  await page.getByRole("button", { name: t("proof.check") }).click();
  await page.getByText(t("proof.keep")).scrollIntoViewIfNeeded();
}

async function verify(page, t) {
  await page.getByRole("button", { name: t("verify.begin") }).click();
  await page.getByText(t("verify.root"), { exact: true }).waitFor();
}

/** Plays the first seconds of the job ten times as fast as they were. */
async function play(page, t) {
  await page.getByRole("button", { name: t("replay.first") }).click();
  await page.getByRole("button", { name: "10", exact: false }).and(page.locator("[aria-pressed]")).first().click();
  await page.getByRole("button", { name: t("replay.play"), exact: true }).click();
  await page.waitForTimeout(2_500);
  await page.getByRole("button", { name: t("replay.pause"), exact: true }).click();
}

/** Looks at the middle of the job's time. */
async function lookBack(page, t) {
  const slider = page.getByRole("slider", { name: t("replay.slider") });
  const { x, y, width, height } = await slider.boundingBox();
  await page.mouse.click(x + width * 0.55, y + height / 2);
}

async function chooseStart(page, t) {
  await page.getByRole("button", { name: t("newJob.createAndStartAsk") }).click();
}

const OWN_POLICY = JSON.stringify({
  stages: [{ size: "1", bake: "30m", approve: true, by: "release", expires: "8h", notRequester: true }, { size: "5%", bake: "10m" }, { size: "10%" }],
  concurrency: "40",
  cap: "2",
});
const WRONG_POLICY = JSON.stringify({ stages: [{ size: "lots", bake: "soon" }, { size: "80%" }], cap: "few" });

/** Begins to type a selector, so that values are suggested. */
async function typeSelector(page, t) {
  await page.getByRole("combobox", { name: t("fleet.selector") }).pressSequentially("role=web and os=");
  await page.getByRole("option").first().waitFor();
}

/** Puts the text of the built-in pack in place of the demo's. */
function packTemplate() {
  const source = readFileSync(new URL("../../server/packs/stagger/templates/patch-server.yaml", import.meta.url), "utf8");
  return `mutation { applyTemplate(input: ${input({ source })}) { userErrors { message } } }`;
}

/** Misspells a key of a template, and begins to write another. */
async function writeTemplate(page, t) {
  await page.getByRole("textbox", { name: t("editor.label") }).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\nlost_aftr: 10m\n");
  await page.getByRole("list", { name: t("editor.findings") }).waitFor();
  await page.keyboard.type("un", { delay: 60 });
  await page.getByRole("listbox").waitFor();
}

/** Changes a template, and is about to apply it. What was written for another photograph is kept in the tab. */
async function applyTemplate(page, t) {
  const discard = page.getByRole("button", { name: t("editor.discard") });
  if (await discard.isVisible()) await discard.click();
  await page.getByRole("textbox", { name: t("editor.label") }).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\nlost_after: 20m\n");
  await page.locator('button:not([aria-disabled])', { hasText: t("editor.apply") }).click();
}

const pressed = (key) => async (page, t) => page.locator("button:not([aria-disabled])", { hasText: t(key) }).first().click();

/**
 * Each scene: what is played (`demo`: its arguments; or `server`, one as it is after it was installed), what is asked for
 * besides (`prepare`), when it is photographed (`until`, given the demo's job), and its shots: an address (`path`, or
 * `search` of the job's own page; in both JOB stands for the job and FAILED for a host that failed) and what is done there
 * first (`act`, given Playwright's page and `t`, which says a text of src/i18n in the language of the photograph).
 */
export const SCENES = {
  held: {
    demo: ["--hosts", "300", "--scene", "bad-patch"],
    until: (job) => job.status === "HELD",
    shots: [
      { name: "job" },
      { name: "host", search: "host=FAILED" },
      { name: "hosts", search: "view=hosts&only=failed" },
      { name: "timeline", search: "view=timeline" },
      { name: "plan", search: "view=plan" },
      { name: "hold", act: chooseCancel },
      { name: "keys", act: (page) => page.keyboard.press("?") },
      { name: "jobs", path: "/jobs" },
      { name: "overview", path: "/" },
      { name: "missing", path: "/jobs/01AAAAAAAAAAAAAAAAAAAAAAAA" },
      { name: "fleet-problem", path: "/hosts?selector=role%3Dweb+and+dc%3D+or+os%3Ddebian-12" },
      { name: "fleet-completed", path: "/hosts", act: typeSelector },
      { name: "fleet-out", path: "/hosts?only=outOfService" },
      { name: "host-failed", path: "/hosts/FAILED" },
      { name: "host-record", path: "/hosts/FAILED?view=events" },
      { name: "host-unknown", path: "/hosts/web-9999" },
    ],
  },
  failures: {
    demo: ["--hosts", "1000", "--trouble", "install fails on 2 hosts; 2 hosts have a full disk; web-0007 fails ignite with 'connection refused'"],
    until: (job) => job.status === "SETTLED" || job.status === "HELD" || job.counts.settled > 990,
    shots: [{ name: "job" }, { name: "by-label", search: "group=os" }, { name: "host", search: "host=FAILED" }, { name: "host-healthy", path: "/hosts/web-0001" }],
  },
  running: {
    demo: ["--hosts", "1000", "--bake", "6s", "--concurrency", "40", "--trouble", "5 hosts are flaky; install is slow on 3 hosts"],
    until: (job) => job.counts.settled > 150,
    shots: [{ name: "job" }, { name: "hosts", search: "view=hosts&only=running" }, { name: "timeline", search: "view=timeline&events=all" }],
  },
  large: {
    demo: ["--hosts", "10000", "--concurrency", "400", "--trouble", "install fails on 3 hosts"],
    until: (job) => job.counts.settled > 2_000,
    shots: [{ name: "job" }, { name: "by-cluster", search: "group=cluster" }, { name: "fleet", path: "/hosts" }, { name: "fleet-narrowed", path: "/hosts?selector=role%3Dweb&q=01" }],
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
  schedules: {
    demo: ["--hosts", "300", "--bake", "2s", "--concurrency", "60"],
    prepare: [
      checkup("1s"),
      jobOf("checkup", "role=db"),
      checkup("40m"),
      schedule("db-nightly", "30 2 * * *", "Europe/Berlin", { template: "checkup" }),
      schedule("web-weekdays", "0 22 * * 1-5", "America/New_York", { template: "checkup", targets: "role=web" }),
      schedule("all-saturday", "0 1 * * SAT", "UTC", { template: "checkup", targets: "role=db or role=web" }),
      schedule("shanghai-noon", "0 12 * * TUE,THU", "Asia/Shanghai", { template: "checkup", targets: "role=cache" }),
      schedule("patch-tuesday", "0 3 * * TUE#2", "Europe/Berlin", { targets: "role=web" }),
      schedule("pulse", fromNowOn, "UTC", { template: "checkup", targets: "name=web-0001" }),
      schedule("probe", "5 * * * *", "UTC", { template: "checkup", targets: "name=web-0002" }),
      schedule("old-cluster", "0 9 * * 1-5", "UTC", { template: "checkup", paused: true }),
    ],
    until: (job) => job.counts.settled > 120 && Date.now() > soon.getTime() + 60_000,
    shots: [
      { name: "week", path: "/schedules?zone=Europe/Berlin" },
      { name: "dst", path: "/schedules?zone=Europe/Berlin&at=2027-03-28" },
      { name: "month", path: "/schedules?view=month&zone=Europe/Berlin" },
      { name: "list", path: "/schedules?view=list" },
      { name: "panel", path: "/schedules?zone=Europe/Berlin&at=2027-02-06", act: choose("all-saturday") },
      { name: "history", path: "/schedules?zone=Europe/Berlin", act: choose("pulse") },
      { name: "form", path: "/schedules?form=new", act: mistypeCron },
    ],
  },
  audit: {
    demo: ["--hosts", "300", "--scene", "bad-patch"],
    until: (job) => job.status === "HELD",
    shots: [
      { name: "log", path: "/audit" },
      { name: "event", path: "/audit?kind=GateHeld", act: (page) => page.getByRole("table").getByRole("button").first().click() },
      { name: "proof", path: "/audit?kind=job", act: checkRecord },
      { name: "verified", path: "/audit?kind=job", act: verify },
      { name: "none", path: "/audit?host=nobody" },
    ],
  },
  replay: {
    demo: ["--hosts", "1000", "--bake", "3s", "--concurrency", "60", "--trouble", "install fails on 4 hosts; 3 hosts are flaky"],
    until: (job) => job.status === "HELD" || job.status === "SETTLED" || job.status === "FINISHED" || job.counts.settled > 700,
    shots: [
      { name: "end", path: "/jobs/JOB/replay" },
      { name: "middle", path: "/jobs/JOB/replay", act: lookBack },
      { name: "played", path: "/jobs/JOB/replay", act: play },
      { name: "host", path: "/jobs/JOB/replay?host=FAILED" },
      { name: "timeline", search: "view=timeline" },
    ],
  },
  library: {
    demo: ["--hosts", "300", "--bake", "20s", "--concurrency", "20"],
    prepare: [packTemplate()],
    until: (job) => job.counts.settled > 20,
    shots: [
      { name: "templates", path: "/templates" },
      { name: "workflow", path: "/templates/patch-server" },
      { name: "step", path: "/templates/patch-server?step=leave" },
      { name: "code", path: "/templates/patch-server?view=code" },
      { name: "versions", path: "/templates/patch-server?view=versions" },
      { name: "restore", path: "/templates/patch-server?view=versions", act: pressed("versions.restore") },
      { name: "remove", path: "/templates/patch-server", act: pressed("templates.remove") },
      { name: "edit", path: "/templates/patch-server?view=edit", act: writeTemplate },
      { name: "apply", path: "/templates/patch-server?view=edit", act: applyTemplate },
      { name: "dry-run", path: "/templates/new?dry=1" },
      { name: "missing-template", path: "/templates/unknown" },
      { name: "actions", path: "/actions" },
      { name: "action", path: "/actions/patch.install" },
      { name: "job-workflow", search: "view=workflow&step=install" },
    ],
  },
  create: {
    demo: ["--hosts", "600", "--speed", "20", "--concurrency", "60", "--bake", "20s", "--trouble", "install fails on 2 hosts"],
    prepare: [job("role=cache", true), job("role=web and dc=fra", false)],
    until: (job) => job.status === "HELD" || job.counts.settled > 30,
    shots: [
      { name: "template", path: "/jobs/new" },
      { name: "filled", path: "/jobs/new?template=patch-server&targets=role%3Dweb+or+role%3Dcache" },
      { name: "own", path: `/jobs/new?template=patch-server&targets=dc%3Dfra&policy=${encodeURIComponent(OWN_POLICY)}` },
      { name: "errors", path: `/jobs/new?template=patch-server&targets=role%3D%28web&p.cluster=&policy=${encodeURIComponent(WRONG_POLICY)}` },
      { name: "start", path: "/jobs/new?template=patch-server&targets=role%3Dweb", act: chooseStart },
      { name: "jobs", path: "/jobs" },
      { name: "no-match", path: "/jobs?q=nobody&status=HELD" },
    ],
  },
  statistics: {
    demo: ["--hosts", "300", "--scene", "patch", "--speed", "500", "--bake", "1s", "--concurrency", "60", "--trouble", "check fails on 2 hosts with 'E: the package database is locked'"],
    prepare: [job("role=db", true), job("role=cache", true)],
    until: (job) => job.status === "FINISHED",
    shots: [
      { name: "time", path: "/statistics?days=7&by=HOUR" },
      { name: "templates", path: "/statistics?view=templates" },
      { name: "labels", path: "/statistics?view=labels&label=dc" },
      { name: "errors", path: "/statistics?view=errors" },
      { name: "compliance", path: "/statistics?view=compliance&selector=all" },
      { name: "compliance-failed", path: "/statistics?view=compliance&selector=all&reason=FAILED.STEP_FAILED" },
    ],
  },
  empty: { server: true, until: () => true, shots: [{ name: "page", path: "/" }, { name: "jobs", path: "/jobs" }, { name: "statistics", path: "/statistics" }, { name: "schedules", path: "/schedules" }] },
  signIn: { demo: ["--hosts", "3"], signedOut: true, until: () => true, shots: [{ name: "page", path: "/jobs" }] },
};
