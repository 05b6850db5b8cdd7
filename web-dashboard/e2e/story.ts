/*
 * How a story is told: in a real browser with an empty profile, in which nothing may go wrong beside what the story is
 * about. Never found here: a wait for a time.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { barriers, launch, listenTo, openContext, settle } from "../stage/browser.mjs";
import { textsIn } from "../stage/texts.mjs";

type Look = Parameters<typeof openContext>[1];
type Context = Awaited<ReturnType<typeof openContext>>;

const USUAL: Look = { size: "wide", theme: "light", language: "en" };
const PATIENCE = 30_000;

/** What a person does and sees in one tab. */
export interface Tab {
  page: Page;
  /** Says a text of the dashboard in the language of this tab. */
  t: (key: string, parts?: Record<string, string | number>) => string;
  /** Opens an address of a server. */
  open(address: string): Promise<void>;
  /** Signs in with an access token, where a page asks for one. */
  signIn(token: string): Promise<void>;
  /** Comes to a server as somebody who is signed in already. */
  comeTo(server: { url: string; token: string }, path: string): Promise<void>;
  /** Waits until the window's title says so: it tells a job's state. */
  waitForTitle(part: string): Promise<void>;
  /** Waits until the page rests, and has axe look at it. */
  expectNoBarrier(): Promise<void>;
  /** Another tab of the same browser, signed in as this one is. */
  anotherTab(): Promise<Tab>;
}

/** What must be cleared away when a story is over. */
interface Stoppable {
  stop(): Promise<void>;
}

/** Clears something away when the story is over, however it ends. */
export async function forThisStory<T extends Stoppable>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  onTestFinished(() => started.stop());
  return started;
}

/**
 * Tells a story. It fails when a page said an error on its console, threw an exception, or tried what its content security
 * policy forbids; `expected` are the errors that the story is about. `longest` is how many milliseconds it may take, where that
 * is more than usual.
 */
export function story(name: string, tell: (tab: (look?: Partial<Look>) => Promise<Tab>) => Promise<void>, expected?: RegExp, longest?: number): void {
  test(name, async () => {
    const complaints: string[] = [];
    const browser = await launch();
    onTestFinished(() => browser.close());
    const listen = (page: Page) =>
      listenTo(page, (complaint) => complaints.push(complaint), (text) => expected?.test(text) === true);
    try {
      await tell(async (look = {}) => {
        const whole = { ...USUAL, ...look };
        return openTab(await openContext(browser, whole), whole, listen);
      });
      expect(complaints).toEqual([]);
    } catch (error) {
      await photograph(name, browser);
      throw error;
    }
  }, longest);
}

async function openTab(context: Context, look: Look, listen: (page: Page) => void): Promise<Tab> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  listen(page);
  const t = textsIn(look.language);
  return {
    page,
    t,
    async open(address) {
      await page.goto(address);
    },
    async signIn(token) {
      await page.getByLabel(t("signIn.token")).fill(token);
      await page.getByRole("button", { name: t("signIn.submit") }).click();
      await page.getByRole("navigation", { name: t("shell.navigation") }).waitFor();
    },
    async comeTo({ url, token }, path) {
      const answer = await page.request.post(`${url}/session`, { data: { token } });
      expect(answer.ok()).toBe(true);
      await page.goto(`${url}${path}`);
    },
    async waitForTitle(part) {
      await page.waitForFunction((part) => document.title.includes(part), part);
    },
    async expectNoBarrier() {
      await settle(page);
      expect(await barriers(page)).toEqual([]);
    },
    anotherTab: () => openTab(context, look, listen),
  };
}

/** What was on the screens when a story went wrong, beside the other photographs. */
async function photograph(name: string, browser: Browser) {
  const folder = fileURLToPath(new URL("../screenshots/failed/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [at, page] of pages.entries()) {
    await page.screenshot({ path: `${folder}${name.replaceAll(/\W+/g, "-")}-${at + 1}.png` });
  }
}
