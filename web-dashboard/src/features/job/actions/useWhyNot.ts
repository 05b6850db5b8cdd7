import { useTranslation } from "react-i18next";
import { useViewer } from "../../../useViewer";
import { useWords } from "../../../useWords";
import type { Job } from "../job.query";
import type { ActionKind } from "./action";

/** Why something cannot be asked of a job now, or not by whoever looks at it; `null` where it can. */
export function useWhyNot(job: Pick<Job, "actions" | "batches">): (kind: ActionKind) => string | null {
  const { t } = useTranslation();
  const words = useWords();
  const viewer = useViewer();
  return (kind) => words.whyNot(job.actions, kind) ?? (kind === "APPROVE" ? whyNotApprove() : null);

  function whyNotApprove(): string | null {
    const batch = job.batches.find(({ status }) => status === "AWAITING_APPROVAL");
    const why = batch?.whyNotApprover ?? null;
    return why === null ? null : t(`approve.refused.${why}`, { token: batch?.stage?.approvedBy, actor: viewer });
  }
}
