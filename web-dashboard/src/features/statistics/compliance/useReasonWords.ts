import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { HostOutcome } from "../../../tones";
import type { NotDoneReason } from "./reason";

/** Why a host is not done, in the reader's language; where it failed, how it did. */
export function useReasonWords(): (reason: NotDoneReason, outcome: HostOutcome | null) => string {
  const { t } = useTranslation();
  return useCallback(
    (reason, outcome) => (reason === "FAILED" && outcome !== null ? t(`hostOutcome.${outcome}`) : t(`notDone.${reason}`)),
    [t],
  );
}
