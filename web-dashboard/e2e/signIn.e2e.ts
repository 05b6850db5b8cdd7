import { expect } from "vitest";
import { startServer } from "../stage/servers.mjs";
import { forThisStory, story } from "./story";

// A browser says of every refused request that it was refused.
const REFUSED = /401 \(Unauthorized\)/;

story(
  "a person signs in with a token, and a wrong one is answered in words",
  async (openTab) => {
    const server = await forThisStory(startServer());
    const tab = await openTab();
    await tab.open(`${server.url}/jobs?q=somebody`);
    await tab.expectNoBarrier();
    await tab.page.getByLabel(tab.t("signIn.token")).fill("stg_no_such_token");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("alert").getByText(tab.t("signIn.wrong")).waitFor();
    await tab.signIn(server.token);
    // Whoever followed a link to a screen gets that screen.
    await tab.page.getByRole("heading", { name: tab.t("nav.jobs") }).waitFor();
    expect(tab.page.url()).toBe(`${server.url}/jobs?q=somebody`);
    const [cookie] = await tab.page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    expect(JSON.stringify(await tab.page.context().storageState())).not.toContain(server.token);
  },
  REFUSED,
);

story(
  "a one-time link signs in once, and stays in no address",
  async (openTab) => {
    const server = await forThisStory(startServer());
    const tab = await openTab();
    await tab.open(server.link);
    await tab.page.getByRole("heading", { name: tab.t("overview.begin.title") }).waitFor();
    expect(tab.page.url()).toBe(`${server.url}/`);
    expect(await tab.page.evaluate(() => JSON.stringify([performance.getEntriesByType("resource"), history.state]))).not.toContain("once=");

    const other = await openTab();
    await other.open(server.link);
    await other.page.getByRole("alert").getByText(other.t("signIn.wrong")).waitFor();
  },
  REFUSED,
);

story(
  "who signs out in one tab is signed out in the other",
  async (openTab) => {
    const server = await forThisStory(startServer());
    const first = await openTab();
    await first.open(server.link);
    await first.page.getByRole("heading", { name: first.t("overview.begin.title") }).waitFor();
    const second = await first.anotherTab();
    await second.open(`${server.url}/jobs`);
    await second.page.getByRole("heading", { name: second.t("nav.jobs") }).waitFor();

    await second.page.getByRole("button", { name: second.t("shell.preferences") }).click();
    await second.page.getByRole("menuitem", { name: second.t("shell.signOut") }).click();
    await second.page.getByLabel(second.t("signIn.token")).waitFor();
    await first.page.getByLabel(first.t("signIn.token")).waitFor();

    await first.signIn(server.token);
    await first.page.getByRole("heading", { name: first.t("overview.begin.title") }).waitFor();
  },
  REFUSED,
);
