import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { sharesOf } from "../../rollout/shares";
import { jobTone, MOVES } from "../../tones";
import { Badge } from "../../ui/Badge";
import { IconButton } from "../../ui/Button";
import { ButtonLink } from "../../ui/ButtonLink";
import { Away, Moment } from "../../ui/Moment";
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
  const state = job.outcome === null ? t(`jobStatus.${job.status}`) : t(`jobOutcome.${job.outcome}`);
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
            <Badge tone={jobTone(job.status, job.outcome)} pulse={MOVES[job.status]}>
              {state}
            </Badge>
          </div>
          <Origin job={job} planHash={planHash} />
        </div>
        <div className="ml-auto flex flex-wrap items-center gap-2">
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
        <IconButton label={t("job.copyId")} className="size-5" onClick={() => void navigator.clipboard.writeText(job.ulid)}>
          <Copy size={11} aria-hidden="true" />
        </IconButton>
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
  const { counts } = job;
  // Hosts in flight are out of service for a while; only those that stay so need a person.
  const alarming = (value: number) => (value > 0 ? "tone-failed tone-text" : "");
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 px-4 pt-2 pb-3">
      <Figure name={t("figure.settled")}>
        {format.number(counts.settled)}
        <span className="font-normal text-ink-3"> / {format.number(counts.hosts)}</span>
      </Figure>
      <Figure name={t("figure.succeeded")}>{format.number(counts.succeeded)}</Figure>
      <Figure name={t("figure.failed")} look={alarming(counts.failed)}>
        {format.number(counts.failed)}
      </Figure>
      <Figure name={t("figure.running")}>{format.number(counts.byStatus.running)}</Figure>
      <Figure name={t("figure.waiting")}>{format.number(counts.byStatus.waiting)}</Figure>
      {counts.byStatus.deferred > 0 && (
        <Figure name={t("figure.deferred")} look="tone-deferred tone-text">
          {format.number(counts.byStatus.deferred)}
        </Figure>
      )}
      <Figure name={t("figure.outOfService")} look={counts.needingAPerson > 0 ? alarming(counts.outOfService) : ""}>
        {format.number(counts.outOfService)}
      </Figure>
      <Figure name={t("figure.needingAPerson")} look={alarming(counts.needingAPerson)}>
        {format.number(counts.needingAPerson)}
      </Figure>
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
    </dl>
  );
}

function Figure({ name, look = "", children }: { name: string; look?: string; children: ReactNode }) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="eyebrow">{name}</dt>
      <dd className={`text-lg font-semibold ${look}`}>{children}</dd>
    </div>
  );
}
