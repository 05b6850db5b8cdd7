import { expect } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { startServer } from "../stage/servers.mjs";
import { forThisStory, story } from "./story";
import { cancelJob, startPlainJob } from "./template";

story("a job that has ended is retried, and the page that showed its end goes on with it", async (openTab) => {
  const fleet = await forThisStory(startFleet({ hosts: 20, trouble: ["install fails on all hosts"] }));
  const server = await forThisStory(startServer({ inventory: fleet.inventory }));
  const job = await startPlainJob(server);
  const tab = await openTab();
  const { page, t } = tab;
  await tab.comeTo(server, `/jobs/${job}`);
  await page.getByText(t("hold.BREACH")).waitFor();
  await cancelJob(server, job);
  await tab.waitForTitle(t("jobOutcome.CANCELLED"));
  await tab.expectNoBarrier();

  await fleet.startAgain([]);
  const failures = page.getByRole("region", { name: t("failures.title") });
  await failures.getByRole("button", { name: t("failures.retry") }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("the archive is mended");
  await page.getByRole("dialog").getByRole("button", { name: t("action.RETRY.verb"), exact: true }).click();
  await page.getByText(t("failures.none")).waitFor();
  await expect.poll(() => page.title()).not.toContain(t("jobStatus.RUNNING"));
  await page.getByRole("button", { name: t("action.RETRY.verb"), exact: true }).waitFor();
  expect(fleet.startedTwice()).toEqual([]);
});
