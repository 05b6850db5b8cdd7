import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

/** Where the notices are, in the dashboard as in the binary. */
const NOTICES = "third-party-licences.txt";
const INSIDE = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/;
const IMPORTED_BY_CSS = /@import\s+"([^"./][^"]*)"/g;
const TEXT = /^(?:licen[cs]e|copying|notice)/i;

/** Writes down whose work the dashboard holds and under which licence, from what the bundle was really made of. */
export function licences(): Plugin {
  let root = "";
  return {
    name: "licences",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_, bundle) {
      const modules = [...this.getModuleIds()].map((id) => id.replace(/^\0/, "").replace(/\?.*$/, ""));
      const assets = Object.values(bundle).flatMap((file) => (file.type === "asset" ? file.originalFileNames : []));
      const styles = modules.filter((id) => id.endsWith(".css") && !INSIDE.test(id)).flatMap((id) => stylesIn(id, root));
      const files = [...modules, ...assets.map((name) => resolve(root, name)), ...styles];
      const folders = new Set(files.flatMap((file) => INSIDE.exec(file)?.[1] ?? []));
      const notices = [...folders].map(noticeOf).toSorted((one, other) => one.name.localeCompare(other.name, "en"));
      this.emitFile({ type: "asset", fileName: NOTICES, source: page(notices.map(({ text }) => text)) });
    },
  };
}

/** The packages that a style sheet takes in. Their styles are in the bundle, but they are no modules of it. */
function stylesIn(file: string, root: string): string[] {
  const imports = [...readFileSync(file, "utf8").matchAll(IMPORTED_BY_CSS)];
  return imports.flatMap(([, name]) => (name === undefined ? [] : [join(root, "node_modules", name)]));
}

function noticeOf(folder: string): { name: string; text: string } {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
    author?: string | { name: string };
  };
  const { name, version, license = "", author = "" } = manifest;
  const texts = readdirSync(folder).filter((file) => TEXT.test(file));
  const whose = typeof author === "string" ? author : author.name;
  const said = texts.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
  // A package of a known licence may come without its text; whose it is has to be said all the same.
  if (said === "" && (license === "" || whose === "")) throw new Error(`${name} says neither its licence nor whose it is`);
  const body = said === "" ? `Copyright (c) ${whose}` : said;
  return { name, text: `${name} ${version} (${license})\n\n${body}` };
}

function page(notices: string[]): string {
  const line = `\n\n${"-".repeat(80)}\n\n`;
  return `The dashboard of Stagger holds the work of others:\n\n${notices.join(line)}\n`;
}
