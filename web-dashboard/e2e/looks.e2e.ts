import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { ask, startServer } from "../stage/servers.mjs";
import { sentencesIn } from "../stage/texts.mjs";
import { until } from "../stage/wait.mjs";
import { forThisStory, story } from "./story";
import { applyTemplate, createJob, createSchedule, startJob } from "./template";

/** What a server holds on which one job is held by its canary, and one schedule waits. */
interface Things {
  job: string;
  host: string;
  schedule: string;
}

/** Every screen there is, and a text by its key that each of them says in the reader's language. */
const screensWith = ({ job, host, schedule }: Things): readonly (readonly [address: string, says: string])[] => [
  ["/", "hold.BREACH"],
  ["/jobs", "jobs.column.progress"],
  [`/jobs/${job}`, "hold.BREACH"],
  [`/jobs/${job}?view=hosts`, "hosts.column.detail"],
  [`/jobs/${job}?view=workflow`, "view.workflow"],
  [`/jobs/${job}?view=timeline`, "event.GateHeld"],
  [`/jobs/${job}?view=plan`, "stopsWhen.title"],
  [`/jobs/${job}?host=${host}`, "output.title"],
  [`/jobs/${job}?host=${host}&show=events`, "event.HostRunFinished"],
  [`/jobs/${job}/replay`, "replay.milestones"],
  ["/jobs/new", "newJob.template"],
  ["/jobs/new?template=patch-carefully", "newJob.review"],
  ["/hosts", "fleetColumn.service"],
  [`/hosts/${host}`, "hostView.runs"],
  [`/hosts/${host}?view=events`, "event.HostRunFinished"],
  ["/templates", "templates.column.lastJob"],
  ["/templates/new", "editor.dryRun"],
  ["/templates/patch-carefully", "templates.parameters"],
  ["/templates/patch-carefully?view=code", "templates.view.code"],
  ["/templates/patch-carefully?view=versions", "versions.column.do"],
  ["/templates/patch-carefully?view=edit&dry=1", "dryRun.explain"],
  ["/actions", "actions.column.repeat"],
  ["/actions/patch.install", "actions.usedBy"],
  ["/schedules", "schedules.today"],
  ["/schedules?view=month", "schedules.today"],
  ["/schedules?view=list", "schedules.column.when"],
  [`/schedules?schedule=${encodeURIComponent(schedule)}`, "schedules.history"],
  ["/schedules?form=new", "schedules.field.overlap"],
  [`/schedules?form=${encodeURIComponent(schedule)}`, "schedules.save"],
  ["/statistics", "statistics.none"],
  ["/statistics?view=templates", "statistics.view.templates"],
  ["/statistics?view=labels", "statistics.view.labels"],
  ["/statistics?view=errors", "statistics.view.errors"],
  ["/statistics?view=compliance&template=patch-carefully&selector=all", "compliance.notDone"],
  ["/audit", "event.TemplateApplied"],
  ["/audit?event=1", "audit.payload"],
  ["/no/such/page", "state.noPage"],
];

test("every screen of the site map is looked at", () => {
  const map = readFileSync(new URL("../src/routes.tsx", import.meta.url), "utf8");
  const paths = [...map.matchAll(/screen\("([^"]*)"/g)].map(([, path = ""]) => new RegExp(`^/${path.replaceAll(/:\w+/g, "[^/]+")}$`));
  const visited = screensWith({ job: "J", host: "h", schedule: "s" }).map(([address]) => address.split("?")[0] ?? "");
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !visited.some((address) => path.test(address))).map(String)).toEqual([]);
});

for (const look of [
  { size: "wide", theme: "dark", language: "zh" },
  { size: "narrow", theme: "light", language: "zh" },
  { size: "narrow", theme: "dark", language: "en" },
  { size: "wide", theme: "light", language: "en" },
] as const) {
  const foreign = sentencesIn(look.language === "zh" ? "en" : "zh");
  story(`every screen is told in ${look.language}, in the ${look.theme} theme, on a ${look.size} screen, without barriers`, async (openTab) => {
    const fleet = await forThisStory(startFleet({ hosts: 20, trouble: ["install fails on all hosts"] }));
    const server = await forThisStory(startServer({ inventory: fleet.inventory }));
    const things = await furnish(server);
    const tab = await openTab(look);
    await tab.comeTo(server, "/");
    for (const [address, says] of screensWith(things)) {
      await tab.open(`${server.url}${address}`);
      await tab.page.getByRole("button", { name: tab.t("shell.preferences") }).waitFor();
      await expect.poll(() => tab.page.evaluate(() => document.body.textContent), { message: `${address} says ${says}`, timeout: 20_000 }).toContain(tab.t(says));
      await tab.expectNoBarrier();
      // Nothing stands beyond the edge: a page that scrolls sideways cannot be read with one hand.
      const { beyond, lang, brightness, told } = await lookAt(tab.page);
      // In full: what servers, templates and people wrote may hold the same words.
      const said = new Set(told.map((text) => text.trim()));
      const inTheOther = foreign.filter((text) => said.has(text));
      const theme = brightness < 128 ? "dark" : "light";
      expect({ address, beyond, lang, theme, inTheOther }).toEqual({ address, beyond: 0, lang: look.language, theme: look.theme, inTheOther: [] });
    }
  }, undefined, 400_000);
}

/** Brings a template, a job that its canary holds, and a schedule. */
async function furnish(server: Awaited<ReturnType<typeof startServer>>): Promise<Things> {
  await applyTemplate(server);
  const schedule = await createSchedule(server);
  const job = await createJob(server);
  await startJob(server, job.ulid);
  const isHeld = async () => (await ask(server, `{ job(id: "${job.ulid}") { status } }`)).job.status === "HELD";
  await until("the canary has failed", isHeld);
  return { job: job.ulid, host: job.canary, schedule };
}

/** What a page is to the eye, and everything it says, to the eye and to the ear. */
function lookAt(page: Page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? []).map(Number);
    const names = ["aria-label", "title", "placeholder"].flatMap((name) =>
      [...document.querySelectorAll(`[${name}]`)].map((element) => element.getAttribute(name) ?? ""),
    );
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const told = [document.title, ...names];
    while (texts.nextNode() !== null) told.push(texts.currentNode.textContent ?? "");
    return {
      beyond: root.scrollWidth - root.clientWidth,
      lang: root.lang.slice(0, 2),
      brightness: (red + green + blue) / 3,
      told,
    };
  });
}

story("language and theme are chosen in the page and kept", async (openTab) => {
  const server = await forThisStory(startServer());
  const tab = await openTab({ theme: "light", language: "en" });
  await tab.comeTo(server, "/");
  const colour = () => tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const choose = async (menu: string, choice: string) => {
    await tab.page.getByRole("button", { name: menu }).click();
    await tab.page.getByRole("menuitemcheckbox", { name: choice }).click();
  };
  await tab.page.getByRole("heading", { name: "Nothing has run here yet" }).waitFor();
  const light = await colour();
  await choose("Language, theme, time", "Dark");
  await expect.poll(colour).not.toBe(light);
  await choose("Language, theme, time", "中文");
  await tab.page.getByRole("navigation", { name: "主导航" }).waitFor();
  await tab.expectNoBarrier();
});
