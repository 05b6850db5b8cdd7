import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { GridState } from "./grid.query";

/** What a cell says, in words: where the host is or how it ended, at which step, and whether it serves. */
export function useStateWords(steps: readonly { step: string }[]): (state: GridState) => string {
  const { t } = useTranslation();
  return useCallback(
    (state) => {
      const words = [state.outcome === null ? t(`hostStatus.${state.status}`) : t(`hostOutcome.${state.outcome}`)];
      const step = steps[state.step ?? -1]?.step;
      if (step !== undefined && state.status !== "WAITING") words.push(t("host.atStep", { step }));
      if (state.absence !== null) words.push(t(`absence.${state.absence}`));
      if (state.outOfService) words.push(t("host.outOfService"));
      return words.join(" · ");
    },
    [t, steps],
  );
}
