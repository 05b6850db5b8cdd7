// The dashboard's texts, as a reader sees them: what is looked for on a page is found by the text's key, in any language.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A function that says a text by its key, with its {{parts}} filled in.
 * @param {"en" | "zh"} language
 * @returns {(key: string, parts?: Record<string, string | number>) => string}
 */
export function textsIn(language) {
  const texts = allIn(language);
  return (key, parts = {}) => {
    const text = key.split(".").reduce((inner, name) => inner?.[name], texts);
    if (typeof text !== "string") throw new Error(`there is no text ${key} in ${language}`);
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(parts[name] ?? ""));
  };
}

/**
 * The texts of a language that are long enough to be known by: of three words or more, or five letters where words are
 * not set apart. Those with parts to fill in are left out.
 * @param {"en" | "zh"} language
 * @returns {string[]}
 */
export function sentencesIn(language) {
  const own = [...flat(allIn(language))].filter((text) => !text.includes("{{"));
  return own.filter((text) => (language === "zh" ? /\p{Script=Han}{5}/u.test(text) : text.split(" ").length >= 3));
}

function allIn(language) {
  const folder = fileURLToPath(new URL(`../src/i18n/${language}/`, import.meta.url));
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.assign({}, ...files.map((name) => JSON.parse(readFileSync(folder + name, "utf8"))));
}

/** @returns {Generator<string>} */
function* flat(texts) {
  for (const text of Object.values(texts)) {
    if (typeof text === "string") yield text;
    else yield* flat(text);
  }
}
