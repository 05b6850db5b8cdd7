import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import type { Batch } from "../../../rollout/batch.query";
import { BatchFacts, Fact, Limit } from "../../../rollout/rail/BatchFacts";
import { Button } from "../../../ui/Button";
import { Countdown } from "../../../ui/Countdown";
import { useFormat } from "../../../useFormat";
import type { Intent } from "../actions/action";
import { useWhyNot } from "../actions/useWhyNot";
import type { Job } from "../job.query";
import { GatesQuery } from "./gates.query";

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
      <Limits job={job} />
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

/** What the gates of the whole job count, against their limits. */
function Limits({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [{ data }] = useQuery({ query: GatesQuery, variables: { job: job.ulid } });
  const { totalCap = null, unreachable = null } = data?.job?.definition.gates ?? {};
  const { failed, byOutcome } = job.counts;
  return (
    <>
      {totalCap !== null && <Limit name={t("batch.failedInAll")} value={failed} most={format.number(totalCap)} look="tone-failed tone-text" />}
      {unreachable !== null && <Limit name={t("batch.unreachableInAll")} value={byOutcome.unreachable} most={unreachable} look="tone-unreachable tone-text" />}
    </>
  );
}

function Decisions({ job, batch, planHash, onIntend }: BatchDetailProps) {
  const { t } = useTranslation();
  const whyNot = useWhyNot(job);
  const asks = batch.status === "AWAITING_APPROVAL";
  const isCurrent = batch.number === job.currentBatch?.number;
  return (
    <div className="ml-auto flex gap-2">
      {asks && (
        <Button
          look="primary"
          hotkey="P"
          blocked={whyNot("APPROVE")}
          onClick={() => onIntend({ kind: "APPROVE", batch: batch.number, planHash })}
        >
          {t("action.APPROVE.verb")}
        </Button>
      )}
      {isCurrent && whyNot("HOLD") === null && (
        <Button hotkey="H" onClick={() => onIntend({ kind: "HOLD" })}>
          {t("action.HOLD.verb")}
        </Button>
      )}
    </div>
  );
}
