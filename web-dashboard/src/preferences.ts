import { signal, type Signal, useSignal } from "./api/signal";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "zh";
/** Which clock times are told by: the reader's, UTC, or that of the schedule a job comes from. */
export type Clock = "local" | "utc" | "job";

/** A choice that this browser remembers. Nothing secret is ever kept so. */
function remembered<T extends string>(name: string, choices: readonly T[], first: T): Signal<T> {
  const key = `stagger.${name}`;
  const kept = localStorage.getItem(key);
  const held = signal(choices.find((choice) => choice === kept) ?? first);
  held.listen(() => localStorage.setItem(key, held.get()));
  return held;
}

function languageOfBrowser(): Language {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const theme = remembered<Theme>("theme", ["system", "light", "dark"], "system");
export const language = remembered<Language>("language", ["en", "zh"], languageOfBrowser());
export const clock = remembered<Clock>("clock", ["local", "utc", "job"], "local");

export const useTheme = () => useSignal(theme);
export const useLanguage = () => useSignal(language);
export const useClock = () => useSignal(clock);

/** Puts the chosen theme on the page, now and whenever it changes. */
export function followTheme(): void {
  const apply = () => {
    const chosen = theme.get();
    if (chosen === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = chosen;
  };
  apply();
  theme.listen(apply);
}
