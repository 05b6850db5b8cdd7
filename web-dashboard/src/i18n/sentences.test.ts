import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sentences as en } from "./en";
import { sentences as zh } from "./zh";

const schema = readFileSync(join(import.meta.dirname, "../../../schema/schema.graphql"), "utf8");
const [keys = ""] = (schema.split("\nenum SentenceKey {\n")[1] ?? "").split("\n}\n");

/** Every key of the API with its English there: `batch {batch} opened`. */
const SENTENCES = [...keys.matchAll(/"""\n\t(.*)\n\t"""\n\t([A-Z_]+)/g)].map(([, english = "", key = ""]) => ({ key, english }));

const told = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();

describe("sentences of the API", () => {
  it("are found in the schema", () => expect(SENTENCES.length).toBeGreaterThan(150));

  it.each([["English", en], ["Chinese", zh]] as const)("each have a text in %s that tells the same", (_language, texts) => {
    const said: Record<string, string> = texts;
    for (const { key, english } of SENTENCES) {
      const text = said[key] ?? said[`${key}_other`];
      expect([key, text === undefined ? null : told(text)]).toEqual([key, told(english)]);
    }
  });

  it("are no others than those", () => {
    const known = new Set(SENTENCES.map(({ key }) => key));
    const texts = Object.keys(en).map((key) => key.replace(/_(?:one|other)$/, ""));
    expect(texts.filter((key) => !known.has(key))).toEqual([]);
  });
});
