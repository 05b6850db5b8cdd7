import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { JobBadge } from "../../rollout/JobBadge";
import { Away } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Nothing } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { Ulid } from "./Ulid";
import type { EndedJob } from "./overview.query";

/** How the last jobs ended. */
export function Ended({ jobs, className = "" }: { jobs: readonly EndedJob[]; className?: string }) {
  const { t } = useTranslation();
  return (
    <Panel
      className={className}
      title={t("overview.ended")}
      aside={
        <Link to={links.jobs()} className="text-sm text-accent hover:underline">
          {t("overview.allJobs")}
        </Link>
      }
    >
      {jobs.length === 0 ? (
        <Nothing>{t("overview.nothingEnded")}</Nothing>
      ) : (
        <ol className="mt-1 border-t border-line">
          {jobs.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Row({ job }: { job: EndedJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts } = job;
  return (
    <li className="relative flex flex-wrap items-baseline gap-x-4 border-b border-line px-4 py-1.5 hover:bg-hover">
      <Link to={links.job(job.ulid)} className="min-w-0 truncate font-medium after:absolute after:inset-0">
        {job.template}
      </Link>
      <JobBadge job={job} />
      <span className="text-sm text-ink-3">
        <Ulid of={job.ulid} />
      </span>
      <span className="text-sm text-ink-3">{t("job.requestedBy", { actor: job.requestedBy })}</span>
      <span className="ml-auto flex gap-x-4 whitespace-nowrap">
        {counts.failed > 0 && (
          <span className="tone-failed tone-text font-semibold">
            {format.number(counts.failed)} {t("figure.failed")}
          </span>
        )}
        <span>
          {format.number(counts.succeeded)}
          <span className="text-ink-3"> / {format.number(counts.hosts)}</span>
        </span>
        {job.finishedAt !== null && (
          <span className="min-w-24 text-right text-sm text-ink-3">
            <Away at={job.finishedAt} />
          </span>
        )}
      </span>
    </li>
  );
}
