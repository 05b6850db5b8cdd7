import { useTranslation } from "react-i18next";
import { BatchStack } from "../../rollout/BatchStack";
import { useFormat } from "../../useFormat";
import type { OverviewJob } from "./overview.query";

/** With more batches than this, bars have to be hairlines to fit a narrow screen. */
const MOST_ROOMY = 32;

/** The batches of a job in one glance: a bar each, as wide as it has hosts, and a line under the one that is open. */
export function CompactRail({ job, className = "h-6" }: { job: OverviewJob; className?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts, batches, currentBatch } = job;
  // One failed host in a canary of one has to be seen beside a batch of a thousand.
  const roomy = batches.length <= MOST_ROOMY;
  const label = t("overview.rail", {
    settled: format.number(counts.settled),
    hosts: format.number(counts.hosts),
    failed: format.number(counts.failed),
    batch: currentBatch === null ? "–" : format.number(currentBatch.number),
    batches: format.number(batches.length),
  });
  return (
    <div role="img" aria-label={label} title={label} className="flex min-w-0 items-start gap-[2px] overflow-hidden">
      {batches.map((batch) => (
        <span key={batch.number} className={roomy ? "min-w-[7px]" : "min-w-[2px]"} style={{ flex: `${batch.size} 1 0` }}>
          <BatchStack counts={batch.counts} className={className} />
          <span className={`mt-[3px] block h-[2px] rounded-full ${batch.number === currentBatch?.number ? "bg-ink" : ""}`} />
        </span>
      ))}
    </div>
  );
}
