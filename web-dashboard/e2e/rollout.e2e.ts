import { expect } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { startServer } from "../stage/servers.mjs";
import { forThisStory, story } from "./story";
import { applyTemplate, canaryOf } from "./template";

story("a job is made and reviewed; its canary fails and holds it; it is retried, approved, goes on to its end, and is replayed", async (openTab) => {
  const fleet = await forThisStory(startFleet({ hosts: 20 }));
  const server = await forThisStory(startServer({ inventory: fleet.inventory }));
  await applyTemplate(server);
  const tab = await openTab();
  const { page, t } = tab;
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const confirm = (name: string) => page.getByRole("dialog").getByRole("button", { name, exact: true }).click();

  // A template is chosen, hosts are chosen, and the plan is there before anything is done.
  await tab.comeTo(server, "/jobs/new");
  await page.getByRole("button", { name: "patch-carefully" }).click();
  await page.getByLabel(t("newJob.selector")).fill("role=web");
  await page.getByText(t("newJob.willChange_other", { hosts: 16 })).waitFor();
  await tab.expectNoBarrier();
  await button(t("newJob.create")).click();
  await page.waitForURL(/\/jobs\/[0-9A-Z]{26}$/);
  const ulid = page.url().slice(-26);
  const canary = await canaryOf(server, ulid);
  await fleet.startAgain([`${canary} fails install once with 'E: the archive is broken'`]);

  // It waits to be started, and says whom it will change.
  await page.getByText(t("waiting.START")).waitFor();
  await tab.expectNoBarrier();
  await button(t("action.START.verb")).click();
  await page.getByRole("dialog").getByText(t("effect.startWaiting_other")).waitFor();
  await confirm(t("action.START.verb"));

  // The canary fails, and nobody else is touched.
  await page.getByText(t("hold.BREACH")).waitFor();
  await page.getByText(t("breach.canaryFailed", { failed: 1, of: 1, allowed: 0 })).waitFor();
  expect(fleet.started()).toBe(2);
  const failures = page.getByRole("region", { name: t("failures.title") });
  await failures.getByText("E: the archive is broken").waitFor();
  await tab.expectNoBarrier();

  // Why: in the words of the host itself.
  await failures.getByRole("button", { name: t("failures.first", { host: canary }) }).click();
  const drawer = page.getByRole("complementary", { name: t("drawer.label", { host: canary }) });
  await drawer.getByText("E: the archive is broken").last().waitFor();
  await expect.poll(() => page.url()).toContain(`host=${canary}`);
  await tab.expectNoBarrier();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });

  // Retried, it succeeds, and the rollout goes on when a person says so.
  await failures.getByRole("button", { name: t("failures.retry") }).click();
  await tab.expectNoBarrier();
  await page.getByRole("dialog").getByRole("textbox").fill("the mirror is mended");
  await confirm(t("action.RETRY.verb"));
  await page.getByText(t("failures.none")).waitFor();
  await button(t("action.RESUME.verb")).click();
  await page.getByRole("dialog").getByRole("textbox").fill("the canary is well");
  await confirm(t("action.RESUME.verb"));

  await page.getByText(t("waiting.APPROVAL")).waitFor();
  await tab.expectNoBarrier();
  await page.keyboard.press("p");
  await page.getByRole("dialog").getByText(t("approve.plan")).waitFor();
  await confirm(t("action.APPROVE.verb"));
  await tab.waitForTitle(t("jobOutcome.SUCCEEDED"));
  await tab.expectNoBarrier();
  // Afterwards: the job as it was when its canary had failed, and the record, proved.
  await page.getByRole("link", { name: t("replay.link"), exact: true }).click();
  await page.waitForURL(/\/replay/);
  await button(t("replay.first")).click();
  await page.getByText(t("breach.canaryFailed", { failed: 1, of: 1, allowed: 0 })).waitFor({ state: "detached" });
  await page.getByRole("button", { name: new RegExp(`^${t("mark.HELD")}`) }).first().click();
  await page.getByText(t("breach.canaryFailed", { failed: 1, of: 1, allowed: 0 })).first().waitFor();
  await tab.expectNoBarrier();
  await tab.open(`${server.url}/audit?job=${ulid}`);
  await button(t("verify.begin")).click();
  await page.getByText(t("verify.root"), { exact: true }).waitFor();
  await tab.expectNoBarrier();
  expect(fleet.startedTwice()).toEqual([]);
});
