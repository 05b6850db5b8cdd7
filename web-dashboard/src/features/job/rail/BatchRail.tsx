import { useTranslation } from "react-i18next";
import { BatchBars, chosenBatch } from "../../../rollout/rail/BatchBars";
import { useAddress } from "../../../useAddress";
import type { Intent } from "../actions/action";
import type { Job } from "../job.query";
import { BatchDetail } from "./BatchDetail";

interface BatchRailProps {
  job: Job;
  planHash: string;
  onIntend: (intent: Intent) => void;
}

/** Every batch as a bar. Below, the batch that matters now or that was chosen. */
export function BatchRail({ job, planHash, onIntend }: BatchRailProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useAddress("batch");
  const current = job.currentBatch?.number;
  const chosen = chosenBatch(job.batches, current, asked);
  return (
    <section aria-label={t("rail.label")} className="border-t border-line pt-3">
      <BatchBars
        batches={job.batches}
        current={current}
        chosen={chosen?.number}
        onChoose={(batch) => setAsked(batch === current ? "" : String(batch))}
      />
      {chosen !== undefined && <BatchDetail job={job} batch={chosen} planHash={planHash} onIntend={onIntend} />}
    </section>
  );
}
