import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, language } from "../preferences";
import type * as english from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof english.default; sentences: typeof english.sentences };
  }
}

/** What `lang` and `Intl` call a language. */
export const LOCALE: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

// Only the language that is read is loaded.
const TEXTS: Record<Language, () => Promise<Record<"default" | "sentences", Record<string, unknown>>>> = {
  en: () => import("./en"),
  zh: () => import("./zh"),
};

async function load(chosen: Language): Promise<void> {
  const texts = await TEXTS[chosen]();
  i18next.addResourceBundle(chosen, "translation", texts.default);
  i18next.addResourceBundle(chosen, "sentences", texts.sentences);
  await i18next.changeLanguage(chosen);
  document.documentElement.lang = LOCALE[chosen];
}

/** Loads the reader's language, and others when they are chosen. */
export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language.get(),
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await load(language.get());
  language.listen(() => void load(language.get()));
}
