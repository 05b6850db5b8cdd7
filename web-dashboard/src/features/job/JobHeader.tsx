import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { CountFigures } from "../../rollout/CountFigures";
import { JobBadge, useJobWords } from "../../rollout/JobBadge";
import { sharesOf } from "../../rollout/shares";
import { ButtonLink } from "../../ui/ButtonLink";
import { CopyButton } from "../../ui/CopyButton";
import { Away, Moment } from "../../ui/Moment";
import { Figure } from "../../ui/Figure";
import { StackedBar } from "../../ui/StackedBar";
import { useFormat } from "../../useFormat";
import { ActionBar } from "./actions/ActionBar";
import type { Intent } from "./actions/action";
import { again } from "./again";
import type { Job, Sealed } from "./job.query";

interface JobHeaderProps {
  job: Job;
  sealed: Sealed;
  onIntend: (intent: Intent) => void;
}

/** Who this job is, how it stands, and what may be done. */
export function JobHeader({ job, sealed, onIntend }: JobHeaderProps) {
  const { t } = useTranslation();
  const planHash = sealed.plan.hash;
  const state = useJobWords()(job);
  return (
    <header>
      <title>{`${job.template} · ${state} · Stagger`}</title>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 pt-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-baseline gap-x-3">
            <h1 className="text-xl font-semibold tracking-tight">
              <Link to={links.jobs()} className="font-normal text-ink-3 hover:text-ink">
                {t("nav.jobs")}
              </Link>
              <span className="mx-1.5 font-normal text-ink-3">/</span>
              {job.template}
            </h1>
            <JobBadge job={job} />
          </div>
          <Origin job={job} planHash={planHash} />
        </div>
        <div className="ml-auto flex flex-wrap items-center justify-end gap-2">
          <ButtonLink to={links.replay(job.ulid)} look="quiet">
            <History size={14} aria-hidden="true" />
            {t("replay.link")}
          </ButtonLink>
          {job.outcome !== null && <ButtonLink to={again(sealed)}>{t("jobs.runAgain")}</ButtonLink>}
          <ActionBar job={job} planHash={planHash} onIntend={onIntend} />
        </div>
      </div>
      <StackedBar shares={sharesOf(job.counts)} className="mx-4 mt-3 h-2 gap-px rounded-sm" />
      <Figures job={job} />
    </header>
  );
}

function Origin({ job, planHash }: { job: Job; planHash: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-sm text-ink-3">
      <span className="inline-flex items-center">
        <code className="font-mono">{job.ulid}</code>
        <CopyButton label={t("job.copyId")} text={job.ulid} className="size-5" />
      </span>
      <span>{t("job.version", { version: job.templateVersion })}</span>
      <span>{t("job.requestedBy", { actor: job.requestedBy })}</span>
      <span>
        {t("job.created")} <Moment at={job.createdAt} />
      </span>
      <span title={planHash}>
        {t("job.plan")} <code className="font-mono">{planHash.slice(0, 8)}</code>
      </span>
    </p>
  );
}

function Figures({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <CountFigures counts={job.counts}>
      {job.status === "RUNNING" && <Figure name={t("figure.throughput")}>{t("figure.perMinute", { rate: format.rate(job.throughput) })}</Figure>}
      {job.finishedAt === null && job.estimatedEnd !== null && (
        <Figure name={t("figure.estimatedEnd")}>
          <Away at={job.estimatedEnd} />
        </Figure>
      )}
      {job.finishedAt !== null && (
        <Figure name={t("figure.finished")}>
          <Moment at={job.finishedAt} />
        </Figure>
      )}
    </CountFigures>
  );
}
