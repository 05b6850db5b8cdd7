import { useTranslation } from "react-i18next";
import { useFormat } from "../useFormat";
import type { Stage } from "./plan.query";

/** A line of a batch policy in words. Each part is empty where there is nothing to say. */
export interface StageWords {
  /** `1%`, `up to 25% in all`. */
  size: (stage: Stage) => string;
  /** How long its batches are watched. */
  bake: (stage: Stage) => string;
  /** Who has to agree before the next batch opens. */
  approval: (stage: Stage) => string;
  /** Who may agree; where nothing is said, anybody. */
  approvers: (stage: Pick<Stage, "approvedBy" | "notRequester"> | null) => string;
  /** All of it: `1% · watched for 1 h · waits for approval by release`. */
  line: (stage: Stage) => string;
}

export function useStageWords(): StageWords {
  const { t } = useTranslation();
  const format = useFormat();
  const words: Omit<StageWords, "line"> = {
    size: ({ upTo, amount }) => (upTo ? t("planned.upTo", { amount }) : amount),
    bake: ({ bake }) => (bake > 0 ? t("planned.bake", { length: format.length(bake) }) : ""),
    approvers(stage) {
      const { approvedBy: token = null, notRequester = false } = stage ?? {};
      if (token !== null) return t(notRequester ? "approvers.tokenOfAnother" : "approvers.token", { token });
      return t(notRequester ? "approvers.another" : "approvers.anybody");
    },
    approval({ approve, approvedBy, notRequester }) {
      if (approvedBy !== null) return t("planned.approvedBy", { role: approvedBy });
      if (notRequester) return t("planned.approvedByAnother");
      return approve ? t("planned.approve") : "";
    },
  };
  return { ...words, line: (stage) => [words.size(stage), words.bake(stage), words.approval(stage)].filter((text) => text !== "").join(" · ") };
}
