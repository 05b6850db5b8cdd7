import { expect } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { ask, startServer } from "../stage/servers.mjs";
import { until } from "../stage/wait.mjs";
import { forThisStory, story } from "./story";
import { applyTemplate, createJob, startJob } from "./template";

/** Every screen there is, of a server on which one job is held by its canary. */
const screensWith = (job: string, host: string) => [
  "/",
  "/jobs",
  `/jobs/${job}`,
  `/jobs/${job}?view=hosts`,
  `/jobs/${job}?view=timeline`,
  `/jobs/${job}?view=plan`,
  `/jobs/${job}?host=${host}`,
  "/jobs/new",
  "/jobs/new?template=patch-carefully",
  "/hosts",
  `/hosts/${host}`,
  "/no/such/page",
];

for (const look of [
  { size: "wide", theme: "dark", language: "zh" },
  { size: "narrow", theme: "light", language: "en" },
] as const) {
  story(`every screen is told in ${look.language}, in the ${look.theme} theme, on a ${look.size} screen, without barriers`, async (openTab) => {
    const fleet = await forThisStory(startFleet({ hosts: 20, trouble: ["install fails on all hosts"] }));
    const server = await forThisStory(startServer({ inventory: fleet.inventory }));
    await applyTemplate(server);
    const job = await createJob(server);
    await startJob(server, job.ulid);
    const isHeld = async () => (await ask(server, `{ job(id: "${job.ulid}") { status } }`)).job.status === "HELD";
    await until("the canary has failed", isHeld);
    const tab = await openTab(look);
    await tab.comeTo(server, "/");
    for (const address of screensWith(job.ulid, job.canary)) {
      await tab.open(`${server.url}${address}`);
      await tab.page.getByRole("button", { name: tab.t("shell.preferences") }).waitFor();
      await tab.expectNoBarrier();
      // Nothing stands beyond the edge: a page that scrolls sideways cannot be read with one hand.
      const { beyond, lang, theme } = await tab.page.evaluate(() => ({
        beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        lang: document.documentElement.lang,
        theme: document.documentElement.dataset["theme"],
      }));
      expect({ address, beyond, lang: lang.slice(0, 2), theme }).toEqual({ address, beyond: 0, lang: look.language, theme: look.theme });
    }
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
