import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAnswer } from "../../api/useAnswer";
import { useLive } from "../../api/useLive";
import { JOB_VIEWS, type JobView, links } from "../../links";
import { ButtonLink } from "../../ui/ButtonLink";
import { Skeleton, State, Trouble } from "../../ui/State";
import { MOVES } from "../../tones";
import { useAddress } from "../../useAddress";
import { JobZone } from "../../useFormat";
import { ActionDialog } from "./actions/ActionDialog";
import type { Intent } from "./actions/action";
import { HostDrawer } from "./drawer/HostDrawer";
import { listenAgainAfter } from "./ended";
import { GridPanel } from "./grid/GridPanel";
import { JobHeader } from "./JobHeader";
import { type Job, JobProgress, type Sealed, SealedQuery } from "./job.query";
import { Failures } from "./panels/Failures";
import { HostList } from "./panels/HostList";
import { PlanView } from "./panels/PlanView";
import { StepFunnel } from "./panels/StepFunnel";
import { Timeline } from "./timeline/Timeline";
import { ViewTabs } from "./panels/ViewTabs";
import { BatchRail } from "./rail/BatchRail";
import { Situation } from "./Situation";
import { useHostAddress } from "./useHostAddress";

const WorkflowView = lazy(async () => ({ default: (await import("./panels/WorkflowView")).WorkflowView }));

/** One rollout: where it is, what it waits for, what failed, and what may be done about it. */
export function JobPage() {
  const { t } = useTranslation();
  const { ulid = "" } = useParams();
  const { data, refused } = useLive(JobProgress, { job: ulid }, ({ jobProgress }) => listenAgainAfter(jobProgress));
  const sealed = useAnswer(SealedQuery, { job: ulid });
  if (data === null && refused !== null) {
    if (refused.some(({ extensions }) => extensions?.["code"] === "NOT_FOUND")) return <Missing ulid={ulid} />;
    return (
      <State page tone="failed" title={t("state.refused")}>
        {refused[0]?.message}
      </State>
    );
  }
  if (data === null || sealed.data === null || sealed.stale) {
    return sealed.error === null ? (
      <Skeleton label={t("state.loading")} lines={8} />
    ) : (
      <State page tone="failed" title={t("state.refused")}>
        {sealed.error}
      </State>
    );
  }
  const { job } = sealed.data;
  if (job === null) return <Missing ulid={ulid} />;
  return <JobScreen job={data.jobProgress} sealed={job} trouble={refused?.[0]?.message ?? null} />;
}

function Missing({ ulid }: { ulid: string }) {
  const { t } = useTranslation();
  return (
    <State page title={t("job.missing", { ulid })} action={<ButtonLink to={links.jobs()}>{t("job.allJobs")}</ButtonLink>}>
      {t("job.missingExplain")}
    </State>
  );
}

interface JobScreenProps {
  job: Job;
  sealed: Sealed;
  /** Why the server does not tell of it any more, for now. */
  trouble: string | null;
}

function JobScreen({ job, sealed, trouble }: JobScreenProps) {
  const { t } = useTranslation();
  const [intent, setIntent] = useState<Intent | null>(null);
  const [host, setHost] = useHostAddress();
  const [error, setError] = useAddress("error");
  const lit = error === "" ? null : error;
  const setLit = (error: string | null) => setError(error ?? "");
  return (
    <JobZone value={job.due?.zone ?? null}>
    <div className="flex min-h-full flex-col lg:h-full lg:min-h-[760px]">
      <Trouble error={trouble} title={t("state.notTold")} beside />
      <JobHeader job={job} sealed={sealed} onIntend={setIntent} />
      <Situation job={job} />
      <BatchRail job={job} planHash={sealed.plan.hash} onIntend={setIntent} />
      <div className="flex min-h-0 flex-1 flex-col border-t border-line lg:grid lg:grid-cols-[minmax(0,1fr)_400px] lg:grid-rows-[minmax(0,1fr)]">
        <MainView job={job} sealed={sealed} lit={lit} onUnlight={() => setLit(null)} />
        {/* On a narrow screen what failed comes first, then the hosts, then the steps. */}
        <aside className="min-w-0 border-line max-lg:contents lg:overflow-y-auto lg:border-l">
          <Failures job={job} lit={lit} onLight={setLit} onIntend={setIntent} onHost={setHost} />
          <StepFunnel steps={job.steps} moving={MOVES[job.status]} onHost={setHost} />
        </aside>
      </div>
      {host !== "" && (
        <HostDrawer key={host} job={job} name={host} onIntend={setIntent} onClose={() => setHost("")} />
      )}
      {intent !== null && <ActionDialog job={job} intent={intent} onClose={() => setIntent(null)} />}
    </div>
    </JobZone>
  );
}

function MainView({ job, sealed, lit, onUnlight }: {
  job: Job;
  sealed: Sealed;
  lit: string | null;
  onUnlight: () => void;
}) {
  const { t } = useTranslation();
  const [asked, setView] = useAddress("view");
  const view: JobView = JOB_VIEWS.find((view) => view === asked) ?? "grid";
  return (
    <div className="flex min-h-0 min-w-0 flex-col max-lg:order-2 max-lg:border-t max-lg:border-line lg:overflow-y-auto">
      <ViewTabs view={view} onView={(next) => setView(next === "grid" ? "" : next)} />
      {view === "grid" && <GridPanel job={job} sealed={sealed} lit={lit} onUnlight={onUnlight} />}
      {view === "hosts" && <HostList job={job} />}
      {view === "workflow" && (
        <Suspense fallback={<Skeleton label={t("state.loading")} lines={6} />}>
          <WorkflowView job={job} />
        </Suspense>
      )}
      {view === "timeline" && <Timeline job={job} />}
      {view === "plan" && <PlanView sealed={sealed} />}
    </div>
  );
}
