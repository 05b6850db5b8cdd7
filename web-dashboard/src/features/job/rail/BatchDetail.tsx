import { useTranslation } from "react-i18next";
import type { Batch } from "../../../rollout/batch.query";
import { BatchFacts, Fact } from "../../../rollout/rail/BatchFacts";
import { Button } from "../../../ui/Button";
import { Countdown } from "../../../ui/Countdown";
import { useWords } from "../../../useWords";
import type { Intent } from "../actions/action";
import type { Job } from "../job.query";

interface BatchDetailProps {
  job: Job;
  batch: Batch;
  planHash: string;
  onIntend: (intent: Intent) => void;
}

/** One batch and its gate: how far it is, where it stops, and what a person may decide here. */
export function BatchDetail({ job, batch, planHash, onIntend }: BatchDetailProps) {
  const { t } = useTranslation();
  return (
    <BatchFacts batch={batch} of={job.batches.length} aside={<Decisions {...{ job, batch, planHash, onIntend }} />}>
      {batch.bakeUntil !== null && (
        <Fact name={t("batch.bakeLeft")}>
          <Countdown until={batch.bakeUntil} />
        </Fact>
      )}
      {batch.approvalUntil !== null && (
        <Fact name={t("batch.approvalLeft")}>
          <Countdown until={batch.approvalUntil} />
        </Fact>
      )}
    </BatchFacts>
  );
}

function Decisions({ job, batch, planHash, onIntend }: BatchDetailProps) {
  const { t } = useTranslation();
  const words = useWords();
  const asks = batch.status === "AWAITING_APPROVAL";
  const isCurrent = batch.number === job.currentBatch?.number;
  return (
    <div className="ml-auto flex gap-2">
      {asks && (
        <Button
          look="primary"
          hotkey="P"
          blocked={words.whyNot(job.actions, "APPROVE")}
          onClick={() => onIntend({ kind: "APPROVE", batch: batch.number, planHash })}
        >
          {t("action.APPROVE.verb")}
        </Button>
      )}
      {isCurrent && words.whyNot(job.actions, "HOLD") === null && (
        <Button hotkey="H" onClick={() => onIntend({ kind: "HOLD" })}>
          {t("action.HOLD.verb")}
        </Button>
      )}
    </div>
  );
}
