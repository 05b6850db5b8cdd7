import { createContext, useContext, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Format, makeFormat } from "./format";
import { LOCALE } from "./i18n";
import { useClock, useLanguage } from "./preferences";

/** The zone of the job that is looked at, where it has one. */
export const JobZone = createContext<string | null>(null);

export function useFormat(): Format {
  const { t } = useTranslation();
  const language = useLanguage();
  const clock = useClock();
  const jobZone = useContext(JobZone);
  return useMemo(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zones = { local: own, utc: "UTC", job: jobZone ?? own };
    const units = { ms: t("unit.ms"), s: t("unit.s"), m: t("unit.m"), h: t("unit.h"), d: t("unit.d") };
    return makeFormat(LOCALE[language], zones[clock], units);
  }, [t, language, clock, jobZone]);
}

/** The time, told anew every so often while the page is looked at. */
export function useNow(every = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
