// What is photographed. Never found here: how.

const input = (fields) => JSON.stringify(fields).replaceAll(/"(\w+)":/g, "$1:");
const job = (targets, start) => `mutation { createJob(input: ${input({ template: "patch-server", targets, start })}) { userErrors { message } } }`;
const schedule = (name, cron, zone) =>
  `mutation { createSchedule(input: ${input({ name, template: "patch-server", targets: "role=db", cron, zone })}) { userErrors { message } } }`;

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
  empty: { server: true, until: () => true, shots: [{ name: "page", path: "/" }, { name: "jobs", path: "/jobs" }, { name: "statistics", path: "/statistics" }] },
  signIn: { demo: ["--hosts", "3"], signedOut: true, until: () => true, shots: [{ name: "page", path: "/jobs" }] },
};
