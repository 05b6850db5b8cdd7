import cronstrue from "cronstrue";
import "cronstrue/locales/zh_CN";
import type { Language } from "../../preferences";

const LOCALES: Record<Language, string> = { en: "en", zh: "zh_CN" };

/** A cron expression in words; `null` where there are none: it cannot be read, or its values are drawn from a name (`H`). */
export function cronWords(expression: string, language: Language): string | null {
  try {
    const words = cronstrue.toString(expression, { locale: LOCALES[language], use24HourTimeFormat: true });
    return language === "zh" ? chinese(words) : words;
  } catch {
    return null;
  }
}

/** Chinese has its own comma, and no spaces between words. */
function chinese(words: string): string {
  return words.replaceAll(/,\s*/g, "，").replaceAll(/(?<=\p{Script=Han})\s+(?=\p{Script=Han})/gu, "").replaceAll(/\s{2,}/g, " ");
}
