import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { HostBadge } from "../../rollout/HostBadge";
import { Away, Moment } from "../../ui/Moment";
import { useWords } from "../../useWords";
import type { HostDetail } from "./host.query";

/** What goes on with the host now: why it does not serve, which job has it and what that waits for, and who waits for it. */
export function HostSituation({ host }: { host: HostDetail }) {
  const { t } = useTranslation();
  const words = useWords();
  const { outOfServiceBecauseOf: cause, outOfServiceSince: since, leasedTo, currentRun, waitingJobs } = host;
  if (cause === null && leasedTo === null && waitingJobs.length === 0) return null;
  const tone = cause === null ? (host.needsAPerson ? "doubt" : "running") : host.needsAPerson ? "failed" : "deferred";
  return (
    <section aria-label={t("hostPage.situation")} className={`tone-${tone} tone-panel mx-4 mb-2 space-y-1 px-3 py-2`}>
      {cause !== null && (
        <p className="font-medium">
          {t("hostPage.outBecause")} <JobLink job={cause} host={host.name} />
          {since !== null && (
            <span className="font-normal text-ink-2">
              {" · "}
              {t("hostPage.since")} <Moment at={since} /> (<Away at={since} />)
            </span>
          )}
        </p>
      )}
      {leasedTo !== null && (
        <p className="flex flex-wrap items-center gap-x-2">
          {leasedTo.id !== cause?.id && (
            <span>
              {t("fleet.heldBy")} <JobLink job={leasedTo} host={host.name} />
            </span>
          )}
          {currentRun !== null && <HostBadge run={currentRun} />}
        </p>
      )}
      {currentRun !== null && currentRun.reasons.length > 0 && (
        <ol className="text-ink-2">
          {currentRun.reasons.map((reason) => (
            <li key={reason.text} className="break-words">
              {words.said(reason)}
            </li>
          ))}
        </ol>
      )}
      {waitingJobs.length > 0 && (
        <p className="text-ink-2">
          {t("hostPage.waitingJobs", { count: waitingJobs.length })}{" "}
          {waitingJobs.map((job, at) => (
            <span key={job.id}>
              {at > 0 && ", "}
              <JobLink job={job} host={host.name} />
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function JobLink({ job, host }: { job: { ulid: string; template: string }; host: string }) {
  return (
    <Link to={links.job(job.ulid, { host })} className="underline decoration-line-strong underline-offset-2 hover:decoration-current" title={job.ulid}>
      {job.template} <code className="font-mono text-xs">{job.ulid.slice(-6)}</code>
    </Link>
  );
}
