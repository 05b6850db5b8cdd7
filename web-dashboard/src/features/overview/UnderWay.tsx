import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { JobBadge } from "../../rollout/JobBadge";
import { Countdown } from "../../ui/Countdown";
import { Away } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Nothing } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { CompactRail } from "./CompactRail";
import { Ulid } from "./Ulid";
import type { OverviewJob } from "./overview.query";

/** Jobs that go on, or wait to be started, without anything being wrong. */
export function UnderWay({ jobs, count }: { jobs: readonly OverviewJob[]; count: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Panel title={t("overview.underWay")} {...(count > 0 ? { count: format.number(count) } : {})}>
      {jobs.length === 0 ? (
        <Nothing>{t("overview.nothingUnderWay")}</Nothing>
      ) : (
        <ol className="mt-1 border-t border-line">
          {jobs.map((job) => (
            <MovingJob key={job.id} job={job} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function MovingJob({ job }: { job: OverviewJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts } = job;
  return (
    <li className="relative border-b border-line px-4 py-2 hover:bg-hover">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5">
        <Link to={links.job(job.ulid)} className="min-w-0 truncate font-semibold after:absolute after:inset-0">
          {job.template}
        </Link>
        <JobBadge job={job} />
        <span className="text-sm text-ink-3">
          <Ulid of={job.ulid} />
        </span>
        <span className="text-sm text-ink-3">{t("job.requestedBy", { actor: job.requestedBy })}</span>
        <span className="ml-auto whitespace-nowrap">
          {counts.failed > 0 && (
            <span className="tone-failed tone-text mr-4 font-semibold">
              {format.number(counts.failed)} {t("figure.failed")}
            </span>
          )}
          <span className="font-semibold">{format.number(counts.settled)}</span>
          <span className="text-ink-3"> / {format.number(counts.hosts)}</span>
        </span>
      </div>
      <div className="mt-1.5">
        <CompactRail job={job} className="h-5" />
      </div>
      <Pace job={job} />
    </li>
  );
}

/** What it waits for, how fast it is, and when it should be through. */
function Pace({ job }: { job: OverviewJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 text-sm text-ink-2">
      {job.stopping !== null && <span>{t(job.stopping.kill ? "stopping.kill" : "stopping.gentle", { actor: job.stopping.by })}</span>}
      {job.waitingFor.map(({ kind, text, numbers, until }) => (
        <span key={kind}>
          {t(`waiting.${kind}`)} <span className="text-ink-3">{words.waiting({ kind, text, numbers })}</span>
          {until !== null && (
            <strong className="ml-1 font-semibold">
              <Countdown until={until} />
            </strong>
          )}
        </span>
      ))}
      <span className="ml-auto flex gap-x-4 text-ink-3">
        {job.status === "RUNNING" && <span>{t("figure.perMinute", { rate: format.rate(job.throughput) })}</span>}
        {job.estimatedEnd !== null && (
          <span>
            {t("figure.estimatedEnd")} <Away at={job.estimatedEnd} />
          </span>
        )}
      </span>
    </p>
  );
}
