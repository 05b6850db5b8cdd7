// The dashboard's texts, as a reader sees them: what is looked for on a page is found by the text's key, in any language.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A function that says a text by its key, with its {{parts}} filled in.
 * @param {"en" | "zh"} language
 * @returns {(key: string, parts?: Record<string, string | number>) => string}
 */
export function textsIn(language) {
  const folder = fileURLToPath(new URL(`../src/i18n/${language}/`, import.meta.url));
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const texts = Object.assign({}, ...files.map((name) => JSON.parse(readFileSync(folder + name, "utf8"))));
  return (key, parts = {}) => {
    const text = key.split(".").reduce((inner, name) => inner?.[name], texts);
    if (typeof text !== "string") throw new Error(`there is no text ${key} in ${language}`);
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(parts[name] ?? ""));
  };
}
