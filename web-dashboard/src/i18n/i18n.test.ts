import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en, { sentences as enSentences } from "./en";
import zh, { sentences as zhSentences } from "./zh";

type Texts = { [key: string]: string | Texts };

function flatten(texts: Texts, path = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === "string") flat.set(path + name, text);
    else for (const [key, value] of flatten(text, `${path}${name}.`)) flat.set(key, value);
  }
  return flat;
}

const PLURAL = /(?:_ordinal)?_(?:zero|one|two|few|many|other)$/;
const keysOf = (texts: Map<string, string>) => new Set([...texts.keys()].map((key) => key.replace(PLURAL, "")));
const english = flatten({ ...en, sentences: enSentences });
const chinese = flatten({ ...zh, sentences: zhSentences });

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.|schema\.d\.ts$/.test(entry.name) ? [readFileSync(path, "utf8")] : [];
  });
}

const code = sources(join(import.meta.dirname, "..")).join("\n");

/** Whether some code asks for a key: in full, or by a template whose fixed beginning and end it has. */
const asked = new Set([...code.matchAll(/["'`]([a-zA-Z]+(?:\.[a-zA-Z_]+)+)["'`]/g)].map(([, key]) => key));
const patterns = [...new Set([...code.matchAll(/`([a-zA-Z]+\.[^`]*\$\{[^`]*)`/g)].map(([, template]) => template ?? ""))].map(
  (template) => new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, "[A-Za-z_]+")}$`),
);

describe("texts", () => {
  it("have the same keys in both languages", () => {
    expect([...keysOf(chinese)].toSorted()).toEqual([...keysOf(english)].toSorted());
  });

  it("have every plural form their language needs", () => {
    for (const [texts, locale] of [[english, "en"], [chinese, "zh"]] as const) {
      const counted = [...texts.keys()].filter((key) => PLURAL.test(key));
      for (const key of new Set(counted.map((key) => key.replace(PLURAL, "")))) {
        const ordinal = counted.some((form) => form.startsWith(`${key}_ordinal_`));
        const { pluralCategories } = new Intl.PluralRules(locale, { type: ordinal ? "ordinal" : "cardinal" }).resolvedOptions();
        const forms = pluralCategories.map((form) => `${key}${ordinal ? "_ordinal" : ""}_${form}`);
        expect(counted.filter((form) => form.replace(PLURAL, "") === key).toSorted()).toEqual(forms.toSorted());
      }
    }
  });

  it("fill in the same values in both languages", () => {
    const values = (text = "") => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).toSorted();
    for (const [key, text] of chinese) expect([key, values(text)]).toEqual([key, values(english.get(key))]);
  });

  it("are not empty, and Chinese is Chinese", () => {
    for (const text of [...english.values(), ...chinese.values()]) expect(text.trim()).not.toBe("");
    // What only puts other texts together has no letters of its own.
    const written = [...chinese].filter(([, text]) => /\p{L}/u.test(text.replaceAll(/\{\{\w+\}\}/g, "")));
    const latin = written.filter(([, text]) => !/\p{Script=Han}/u.test(text)).map(([key]) => key);
    expect(latin).toEqual(["clock.utc"]);
  });

  it("are all used", () => {
    const unused = [...keysOf(flatten(en))].filter((key) => !asked.has(key) && !patterns.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });
});
