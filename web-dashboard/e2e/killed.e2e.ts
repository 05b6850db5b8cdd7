import { expect } from "vitest";
import { startFleet } from "../stage/fleet.mjs";
import { startServer } from "../stage/servers.mjs";
import { until } from "../stage/wait.mjs";
import { forThisStory, story } from "./story";
import { applyTemplate, createJob, startJob } from "./template";

// What a browser says of a server that is away.
const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket/;

story(
  "a server killed in the middle comes back: the page says so, catches up without a reload, and nothing ran twice",
  async (openTab) => {
    const fleet = await forThisStory(startFleet({ hosts: 30, speed: "60" }));
    const server = await forThisStory(startServer({ inventory: fleet.inventory }));
    await applyTemplate(server, { concurrency: 3 });
    const job = await createJob(server);
    const tab = await openTab();
    const { page, t } = tab;
    await tab.comeTo(server, `/jobs/${job.ulid}`);
    await page.evaluate(() => Object.assign(window, { isTheSamePage: true }));
    await startJob(server, job.ulid);
    await page.getByText(t("waiting.APPROVAL")).waitFor();
    await page.keyboard.press("p");
    await page.getByRole("dialog").getByRole("button", { name: t("action.APPROVE.verb"), exact: true }).click();
    await until("hosts are in flight", () => fleet.started() > 12);

    await server.kill();
    await page.getByText(t("connection.lost")).waitFor();
    const whenKilled = fleet.started();
    await server.startAgain();
    await page.getByText(t("connection.lost")).waitFor({ state: "detached" });
    await tab.waitForTitle(t("jobOutcome.SUCCEEDED"));

    expect(await page.evaluate(() => "isTheSamePage" in window)).toBe(true);
    expect(fleet.started()).toBeGreaterThan(whenKilled);
    expect(fleet.startedTwice()).toEqual([]);
    expect(fleet.started()).toBe(30 * 3);
  },
  AWAY,
);
