import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { BATCH_STATUS_TONE } from "../../../tones";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Countdown } from "../../../ui/Countdown";
import { Moment } from "../../../ui/Moment";
import { useFormat } from "../../../useFormat";
import { useWords } from "../../../useWords";
import type { Intent } from "../actions/action";
import type { Batch, Job } from "../job.query";

interface BatchDetailProps {
  job: Job;
  batch: Batch;
  planHash: string;
  onIntend: (intent: Intent) => void;
}

/** One batch and its gate: how far it is, where it stops, and what a person may decide here. */
export function BatchDetail({ job, batch, planHash, onIntend }: BatchDetailProps) {
  const { t } = useTranslation();
  const words = useWords();
  const asks = batch.status === "AWAITING_APPROVAL";
  const isCurrent = batch.number === job.currentBatch?.number;
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 px-4 pb-2">
      <h2 className="font-semibold">
        {t("batch.title", { number: batch.number, count: job.batches.length })}
        <span className="ml-1.5 font-normal text-ink-3">{kindOf(batch)}</span>
      </h2>
      <Badge tone={BATCH_STATUS_TONE[batch.status]}>{t(`batchStatus.${batch.status}`)}</Badge>
      <Tally batch={batch} />
      <Verdict batch={batch} />
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
      {batch.openedAt !== null && (
        <Fact name={t("batch.opened")}>
          <Moment at={batch.openedAt} />
        </Fact>
      )}
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
    </div>
  );

  function kindOf({ canary, kind, stage }: Batch): string {
    if (kind !== "PLANNED") return t(`batchKind.${kind}`);
    const size = stage === null ? "" : t(stage.upTo ? "batch.stageUpTo" : "batch.stage", { size: stage.amount });
    return canary ? `${t("batch.canary")} · ${size}` : size;
  }
}

function Tally({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Fact name={t("batch.settled")}>
      {format.number(batch.counts.settled)} / {format.number(batch.size)}
    </Fact>
  );
}

/** What the gate counts, against where it stops. */
function Verdict({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { failed } = batch.counts;
  return (
    <Fact name={t("batch.failed")} look={failed > 0 ? "tone-failed tone-text" : ""}>
      {format.number(failed)}
      <span className="ml-1.5 font-normal text-ink-3">
        {batch.stopsAt === null ? t("batch.neverStops") : t("batch.stopsAt", { count: batch.stopsAt, ordinal: true })}
      </span>
    </Fact>
  );
}

function Fact({ name, look = "", children }: { name: string; look?: string; children: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <span className="mr-1.5 text-ink-3">{name}</span>
      <span className={`font-semibold ${look}`}>{children}</span>
    </span>
  );
}
