import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { BatchStack } from "../../../rollout/BatchStack";
import { BATCH_STATUS_TONE } from "../../../tones";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import type { Intent } from "../actions/action";
import type { Batch, Job } from "../job.query";
import { BatchDetail } from "./BatchDetail";

/** With more batches than this a bar has no room for its number. */
const MOST_NUMBERED = 32;

interface BatchRailProps {
  job: Job;
  planHash: string;
  onIntend: (intent: Intent) => void;
}

/**
 * One bar a batch, as wide as it has hosts and filled from the ground up: equal areas are equal numbers of hosts.
 * Below, the batch that matters now or that was chosen.
 */
export function BatchRail({ job, planHash, onIntend }: BatchRailProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useAddress("batch");
  const current = job.currentBatch?.number;
  const chosen =
    job.batches.find(({ number }) => String(number) === asked) ??
    job.batches.find(({ number }) => number === current) ??
    job.batches.findLast(({ openedAt }) => openedAt !== null) ??
    job.batches[0];
  const numbered = job.batches.length <= MOST_NUMBERED;
  return (
    <section aria-label={t("rail.label")} className="border-t border-line pt-3">
      <ol className="flex items-end gap-[3px] overflow-x-auto px-4 pt-1 pb-1">
        {job.batches.map((batch) => (
          <Bar
            key={batch.number}
            batch={batch}
            chosen={batch === chosen}
            current={batch.number === current}
            numbered={numbered}
            onChoose={() => setAsked(batch.number === current ? "" : String(batch.number))}
          />
        ))}
      </ol>
      {chosen !== undefined && <BatchDetail job={job} batch={chosen} planHash={planHash} onIntend={onIntend} />}
    </section>
  );
}

interface BarProps {
  batch: Batch;
  chosen: boolean;
  current: boolean;
  numbered: boolean;
  onChoose: () => void;
}

function Bar({ batch, chosen, current, numbered, onChoose }: BarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // On a narrow screen the rail scrolls; the batch that is told about below is the one to see.
    if (chosen) item.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  const label = t("rail.batch", {
    number: batch.number,
    status: t(`batchStatus.${batch.status}`),
    settled: format.number(batch.counts.settled),
    hosts: format.number(batch.size),
    failed: format.number(batch.counts.failed),
  });
  return (
    <li ref={item} className={numbered ? "min-w-7" : "min-w-[7px]"} style={{ flex: `${batch.size} 1 0` }}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={chosen}
        title={label}
        onClick={onChoose}
        className="group block w-full rounded-sm text-left"
      >
        <BatchStack
          counts={batch.counts}
          className={`h-10 ${chosen ? "outline-2 outline-offset-1 outline-ink" : "group-hover:outline-2 group-hover:outline-offset-1 group-hover:outline-line-strong"}`}
        />
        <span className={`tone-${BATCH_STATUS_TONE[batch.status]} mt-1 block h-4 text-xs ${current ? "font-semibold text-ink" : "text-ink-3"}`}>
          {(numbered || current) && batch.number}
        </span>
      </button>
    </li>
  );
}
