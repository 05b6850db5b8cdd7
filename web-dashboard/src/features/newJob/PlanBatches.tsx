import { useTranslation } from "react-i18next";
import { useStageWords } from "../../rollout/stageWords";
import { useStopsWords } from "../../rollout/stopsWords";
import { useFormat } from "../../useFormat";
import type { Plan } from "./newJob.query";

type Batch = Plan["batches"][number];

/** Every batch in words: hosts, the first of them, where it stops, and what comes after it. */
export function PlanBatches({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const spread = plan.stratifyBy.length > 0;
  const more = plan.batchCount > plan.batches.length;
  return (
    <>
      <div className="mt-3 max-h-[420px] overflow-auto border-y border-line" tabIndex={0} role="region" aria-label={t("newJob.batches")}>
        <table className="w-full min-w-[520px]">
          <thead className="sticky top-0 bg-paper">
            <tr className="eyebrow border-b border-line text-left">
              <th scope="col" className="py-1 pr-3 font-medium">{t("newJob.column.batch")}</th>
              <th scope="col" className="pr-3 text-right font-medium">{t("newJob.column.hosts")}</th>
              <th scope="col" className="pr-3 font-medium">{t("newJob.column.first")}</th>
              <th scope="col" className="pr-3 font-medium">{t("newJob.column.gate")}</th>
              <th scope="col" className="font-medium">{t("newJob.column.then")}</th>
            </tr>
          </thead>
          <tbody>
            {plan.batches.map((batch) => (
              <Row key={batch.number} batch={batch} spread={spread} last={batch.number === plan.batchCount} />
            ))}
          </tbody>
        </table>
      </div>
      {more && (
        <p className="mt-1 text-sm text-ink-3">{t("newJob.firstBatches", { shown: format.number(plan.batches.length), all: format.number(plan.batchCount) })}</p>
      )}
    </>
  );
}

function Row({ batch, spread, last }: { batch: Batch; spread: boolean; last: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { number, size, firstHosts, strata, stopsAt } = batch;
  return (
    <tr className="border-b border-line align-top last:border-0">
      <td className="py-1.5 pr-3 whitespace-nowrap">
        <span className="font-semibold">{number}</span>
        {number === 1 && <span className="ml-1.5 text-ink-3">{t("newJob.canary")}</span>}
      </td>
      <td className="py-1.5 pr-3 text-right tabular-nums">{format.number(size)}</td>
      <td className="py-1.5 pr-3">
        <span className="font-mono text-sm">
          {firstHosts.map((host) => (
            <span key={host} className="mr-2 inline-block">
              {host}
            </span>
          ))}
          {size > firstHosts.length && "…"}
        </span>
        {spread && (
          <span className="block text-sm text-ink-3">
            {strata.map(({ values, hosts }) => `${values} ${format.number(hosts)}`).join(" · ")}
          </span>
        )}
      </td>
      <td className="min-w-28 py-1.5 pr-3 text-sm text-ink-2">
        {useStopsWords()(stopsAt)}
      </td>
      <td className="min-w-28 py-1.5 text-sm text-ink-2">{last ? t("newJob.ends") : <Then batch={batch} />}</td>
    </tr>
  );
}

/** What has to pass before the next batch opens. */
function Then({ batch: { stage } }: { batch: Batch }) {
  const { t } = useTranslation();
  const words = useStageWords();
  if (stage === null || (stage.bake === 0 && !stage.approve)) return t("newJob.goesOn");
  return (
    <>
      <span className="block">{words.bake(stage)}</span>
      <span className="block font-medium text-ink">{words.approval(stage)}</span>
    </>
  );
}
