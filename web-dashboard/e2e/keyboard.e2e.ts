import { expect } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { startServer } from "../stage/servers.mjs";
import { forThisStory, story } from "./story";
import { applyTemplate, createJob, startJob } from "./template";

story("a job is steered by the keyboard: the keys are shown, a failure is found, the job is held", async (openTab) => {
  const fleet = await forThisStory(startFleet({ hosts: 20, speed: "40" }));
  const server = await forThisStory(startServer({ inventory: fleet.inventory }));
  await applyTemplate(server, { concurrency: 1 });
  const job = await createJob(server);
  const tab = await openTab();
  const { page, t } = tab;
  await tab.comeTo(server, `/jobs/${job.ulid}`);
  await page.getByText(t("waiting.START")).waitFor();

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: t("keys.title") });
  await help.getByText(t("keys.nextFailure")).waitFor();
  await tab.expectNoBarrier();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });

  await startJob(server, job.ulid);
  await tab.waitForTitle(t("jobStatus.RUNNING"));
  await page.keyboard.press("h");
  const holding = page.getByRole("dialog");
  await holding.getByText(t("action.HOLD.explain")).waitFor();
  // The reason has the keyboard; a form is sent by the key that sends forms.
  await page.keyboard.type("lunch");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText(t("hold.PERSON")).waitFor();
  await page.getByText("lunch").first().waitFor();
});

story("f goes from failure to failure, Escape closes, and the search takes the slash", async (openTab) => {
  const fleet = await forThisStory(startFleet({ hosts: 20, trouble: ["install fails on all hosts"] }));
  const server = await forThisStory(startServer({ inventory: fleet.inventory }));
  await applyTemplate(server);
  const job = await createJob(server);
  await startJob(server, job.ulid);
  const tab = await openTab();
  const { page, t } = tab;
  await tab.comeTo(server, `/jobs/${job.ulid}`);
  await tab.waitForTitle(t("jobStatus.HELD"));
  await page.getByRole("application", { name: t("grid.label_other", { count: 20 }) }).waitFor();
  await page.keyboard.press("f");
  const drawer = page.getByRole("complementary", { name: t("drawer.label", { host: job.canary }) });
  await drawer.waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  expect(page.url()).toBe(`${server.url}/jobs/${job.ulid}`);

  await page.getByRole("link", { name: t("nav.jobs") }).first().click();
  await page.getByRole("link", { name: "patch-carefully" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("no such job");
  await page.getByText(t("jobs.noMatch")).waitFor();
  await expect.poll(() => page.url()).toContain("q=no+such+job");
  await page.reload();
  await page.getByText(t("jobs.noMatch")).waitFor();
});
