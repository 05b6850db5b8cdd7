import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { wordsOf } from "../../../api/errors";
import { PlanBatches } from "../../../rollout/PlanBatches";
import { StopsWhen } from "../../../rollout/StopsWhen";
import { Skeleton, State } from "../../../ui/State";
import { DealtQuery, type Sealed } from "../job.query";

/** What was sealed when the job was created: its batches, where it stops, its parameters, its seed and hash. */
export function PlanView({ sealed }: { sealed: Sealed }) {
  const { t } = useTranslation();
  const [dealt] = useQuery({ query: DealtQuery, variables: { job: sealed.ulid } });
  const { plan, parameters, definition } = sealed;
  const job = dealt.data?.job;
  return (
    <div className="space-y-4 py-3 lg:min-h-0 lg:flex-1 lg:overflow-y-auto">
      {definition.description !== "" && <p className="px-4 text-ink-2">{definition.description}</p>}
      {dealt.error !== undefined && <State tone="failed" title={t("state.refused")}>{wordsOf(dealt.error)}</State>}
      {dealt.fetching && <Skeleton label={t("state.loading")} lines={4} />}
      {job != null && (
        <>
          <PlanBatches plan={job.plan} height="max-h-[400px]" />
          <section aria-label={t("stopsWhen.title")} className="px-4">
            <h3 className="eyebrow mb-1">{t("stopsWhen.title")}</h3>
            <StopsWhen gates={job.definition.gates} />
          </section>
        </>
      )}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 px-4">
        <dt className="text-ink-3">{t("plan.hash")}</dt>
        <dd className="font-mono text-sm break-all">{plan.hash}</dd>
        <dt className="text-ink-3">{t("plan.seed")}</dt>
        <dd className="font-mono text-sm">{plan.seed}</dd>
        <dt className="text-ink-3">{t("plan.targets")}</dt>
        <dd className="font-mono text-sm wrap-anywhere">{definition.targets ?? "–"}</dd>
        <dt className="text-ink-3">{t("plan.parameters")}</dt>
        <dd>
          <pre className="font-mono text-sm wrap-anywhere whitespace-pre-wrap">{JSON.stringify(parameters, null, 2)}</pre>
        </dd>
      </dl>
    </div>
  );
}
