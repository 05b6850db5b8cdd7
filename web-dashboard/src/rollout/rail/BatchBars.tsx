import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { BATCH_STATUS_TONE } from "../../tones";
import { useFormat } from "../../useFormat";
import type { Batch } from "../batch.query";
import { BatchStack } from "../BatchStack";

/** With more batches than this a bar has no room for its number. */
const MOST_NUMBERED = 32;

interface BatchBarsProps {
  batches: readonly Batch[];
  /** The number of the batch that is open or at its gate. */
  current: number | undefined;
  chosen: number | undefined;
  onChoose: (batch: number) => void;
}

/** One bar a batch, as wide as it has hosts and filled from the ground up: equal areas are equal numbers of hosts. */
export function BatchBars({ batches, current, chosen, onChoose }: BatchBarsProps) {
  const numbered = batches.length <= MOST_NUMBERED;
  return (
    <ol className="relative flex items-end gap-[3px] overflow-x-auto px-4 pt-1 pb-1">
      {batches.map((batch) => (
        <Bar
          key={batch.number}
          batch={batch}
          chosen={batch.number === chosen}
          current={batch.number === current}
          numbered={numbered}
          onChoose={() => onChoose(batch.number)}
        />
      ))}
    </ol>
  );
}

/** The batch that was asked for; otherwise the one that matters: the current one, the last that was opened, the first. */
export function chosenBatch(batches: readonly Batch[], current: number | undefined, asked: string): Batch | undefined {
  return (
    batches.find(({ number }) => String(number) === asked) ??
    batches.find(({ number }) => number === current) ??
    batches.findLast(({ openedAt }) => openedAt !== null) ??
    batches[0]
  );
}

/** On a narrow screen the rail scrolls; the batch that is told about below is the one to see. The page stays where it is. */
function bringInSight(item: HTMLElement) {
  const list = item.parentElement;
  if (list === null) return;
  const end = item.offsetLeft + item.offsetWidth - list.clientWidth;
  list.scrollLeft = Math.max(end, Math.min(list.scrollLeft, item.offsetLeft));
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
    if (chosen && item.current !== null) bringInSight(item.current);
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
