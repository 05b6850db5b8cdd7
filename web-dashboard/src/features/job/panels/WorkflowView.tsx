import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { wordsOf } from "../../../api/errors";
import { StepDetail } from "../../../rollout/StepDetail";
import { WorkflowGraph } from "../../../rollout/WorkflowGraph";
import { Skeleton, State } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import type { Job } from "../job.query";
import { WorkflowQuery } from "./workflow.query";

/** The way of one host, as the job was created with it, and where the hosts are on it now. */
export function WorkflowView({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [chosen, choose] = useAddress("step");
  const [{ data, error }] = useQuery({ query: WorkflowQuery, variables: { job: job.ulid } });
  if (error !== undefined) return <State tone="failed" title={t("state.refused")}>{wordsOf(error)}</State>;
  const definition = data?.job?.definition;
  if (definition === undefined) return <Skeleton label={t("state.loading")} lines={6} />;
  const step = definition.workflow.find((step) => step.step === chosen);
  return (
    <div className="min-h-0 lg:flex-1 lg:overflow-y-auto">
      <WorkflowGraph workflow={definition} chosen={chosen} onChoose={choose} live={job.steps} />
      {step !== undefined && (
        <div className="border-t border-line">
          <StepDetail key={step.step} step={step} />
        </div>
      )}
    </div>
  );
}
