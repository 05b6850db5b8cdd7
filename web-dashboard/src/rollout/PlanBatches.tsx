import { useTranslation } from "react-i18next";
import { VirtualList } from "../ui/VirtualList";
import { useFormat } from "../useFormat";
import type { Plan, PlannedBatch } from "./plan.query";
import { useStageWords } from "./stageWords";
import { useStopsWords } from "./stopsWords";

const GRID = "grid grid-cols-[72px_64px_minmax(130px,1fr)_minmax(120px,1fr)_minmax(120px,2fr)] gap-x-3 px-4";
const COLUMNS = ["batch", "hosts", "stage", "stops", "spread"] as const;

/** Every batch of a plan: how many hosts, by which line of the policy, where it stops, and which hosts come first. */
export function PlanBatches({ plan, height }: { plan: Plan; height?: string }) {
  const { t } = useTranslation();
  const spread = plan.stratifyBy.length > 0;
  return (
    <VirtualList
      label={t("planned.label")}
      rows={plan.batches}
      keyOf={({ number }) => number}
      total={plan.batches.length}
      rowHeight={30}
      grid={GRID}
      minWidth="min-w-[600px]"
      columns={COLUMNS.map((key) => ({
        key,
        label: key === "spread" ? (spread ? t("planned.column.spread", { labels: plan.stratifyBy.join(", ") }) : t("planned.column.first")) : t(`planned.column.${key}`),
      }))}
      {...(height === undefined ? {} : { height })}
    >
      {(batch) => <Cells batch={batch} spread={spread} />}
    </VirtualList>
  );
}

function Cells({ batch, spread }: { batch: PlannedBatch; spread: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useStageWords();
  const stops = useStopsWords();
  const { number, size, stage, stopsAt, strata, firstHosts } = batch;
  const told = spread ? strata.map(({ values, hosts }) => `${values} ${format.number(hosts)}`).join(" · ") : firstHosts.join(", ");
  return (
    <>
      <span role="cell" className="font-medium">
        {format.number(number)}
        {number === 1 && <span className="ml-1.5 font-normal text-ink-3">{t("planned.canary")}</span>}
      </span>
      <span role="cell" className="tabular-nums">
        {format.number(size)}
      </span>
      <span role="cell" className="truncate text-ink-2">
        {stage !== null && words.line(stage)}
      </span>
      <span role="cell" className="truncate text-ink-2">
        {stops(stopsAt, "short")}
      </span>
      <span role="cell" className="truncate text-ink-3" title={told}>
        {told}
      </span>
    </>
  );
}
