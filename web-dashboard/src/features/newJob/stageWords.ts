import { useTranslation } from "react-i18next";
import { writeLength } from "../../length";
import type { Stage } from "./newJob.query";

/** A stage in words: its size, how long it is watched, who has to agree. */
export function useStageWords(): (stage: Stage) => string {
  const { t } = useTranslation();
  return (stage) =>
    [
      stage.size,
      stage.repeat ? t("newJob.repeats") : "",
      stage.bake > 0 ? t("newJob.bakes", { time: writeLength(stage.bake) }) : "",
      approval(stage),
    ]
      .filter((text) => text !== "")
      .join(" · ");

  function approval({ approve, approvedBy }: Stage): string {
    if (!approve) return "";
    return approvedBy === null ? t("newJob.asks") : t("newJob.asksRole", { role: approvedBy });
  }
}
