// Real Chromium, and what may not happen in it. Never found here: a server, or what is looked at.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the machine's own Chromium with an empty profile; CHROMIUM names another. */
export function launch() {
  const found = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  if (found === undefined) throw new Error("there is no Chromium on this machine; run: sh .ci/setup web");
  return chromium.launch({ executablePath: found, args: FLAGS });
}

export const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/**
 * A look at the dashboard.
 * @typedef {{ size: keyof typeof SIZES, theme: "light" | "dark", language: "en" | "zh" }} Look
 */

/** @type {Look[]} */
export const LOOKS = /** @type {(keyof typeof SIZES)[]} */ (Object.keys(SIZES)).flatMap((size) =>
  /** @type {const} */ (["light", "dark"]).flatMap((theme) =>
    /** @type {const} */ (["en", "zh"]).map((language) => ({ size, theme, language })),
  ),
);

/**
 * A browser window of a person who has chosen a look, with nothing else remembered.
 * @param {import("playwright-core").Browser} browser
 * @param {Look} look
 */
export async function openContext(browser, { size, theme, language }) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme, deviceScaleFactor: 1 });
  await context.addInitScript(
    ([theme, language]) => {
      localStorage.setItem("stagger.theme", theme);
      localStorage.setItem("stagger.language", language);
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`blocked: ${violatedDirective} ${blockedURI}`),
      );
    },
    [theme, language],
  );
  return context;
}

/**
 * Notes what a page complains of: errors on its console, refused requests, exceptions, and what the content security policy blocked.
 * @param {import("playwright-core").Page} page
 * @param {(complaint: string) => void} note
 * @param {(complaint: string) => boolean} [isExpected]
 */
export function listenTo(page, note, isExpected = () => false) {
  const hear = (/** @type {string} */ text) => {
    if (!isExpected(text)) note(text);
  };
  page.on("console", (message) => {
    // Which request was refused, the browser does not say there.
    if (message.type() === "error" && !message.text().includes("responded with a status")) hear(message.text());
  });
  page.on("response", (response) => {
    const asked = response.request().postData()?.slice(0, 300) ?? "";
    if (response.status() >= 400) hear(`${response.status()} (${response.statusText()}) ${response.url()} ${asked}`);
  });
  page.on("pageerror", (error) => hear(error.message));
}

/**
 * Waits until a page shows what it was opened for: nothing is being loaded, and nothing has changed for a moment. A page on
 * which a job runs never rests, so the moment is not waited for longer than a second.
 * @param {import("playwright-core").Page} page
 */
export async function settle(page) {
  await page.waitForFunction(() => document.querySelector("h1") !== null && document.querySelector(".skeleton") === null);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((resolve) => {
      const longest = setTimeout(done, 1_000);
      let rest = setTimeout(done, 250);
      const changes = new MutationObserver(() => {
        clearTimeout(rest);
        rest = setTimeout(done, 250);
      });
      changes.observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
      function done() {
        changes.disconnect();
        clearTimeout(longest);
        clearTimeout(rest);
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }
    });
  });
}

/**
 * What axe has against a page, one line each.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>}
 */
export async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate("axe.run()");
  // Tips and menus float above the page, and stand outside its landmarks by nature.
  const floats = ({ id, html }) => id === "region" && html.startsWith("<div data-radix-popper-co");
  return violations.flatMap(({ id, nodes }) => nodes.filter(({ html }) => !floats({ id, html })).slice(0, 3).map(({ html, any }) => `${id}: ${html.slice(0, 120)} ${any[0]?.message ?? ""}`));
}
