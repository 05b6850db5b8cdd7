import { useTranslation } from "react-i18next";

/** Where a batch stops, in words: `stops at the 6th failure`; `short` where a heading says that it stops. */
export function useStopsWords(): (stopsAt: number | null, short?: "short") => string {
  const { t } = useTranslation();
  return (stopsAt, short) => {
    if (short !== undefined) return stopsAt === null ? t("planned.neverStops") : t("planned.stopsAt", { count: stopsAt, ordinal: true });
    return stopsAt === null ? t("batch.neverStops") : t("batch.stopsAt", { count: stopsAt, ordinal: true });
  };
}
