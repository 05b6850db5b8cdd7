import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { HOST_OUTCOME_TONE } from "../../tones";
import { Mark } from "../../ui/Mark";
import { Panel } from "../../ui/Panel";
import { Nothing } from "../../ui/State";
import { useFormat } from "../../useFormat";
import type { JobFailure } from "./overview.query";

/** What went wrong in the newest jobs, one entry an error however many hosts had it. */
export function LastFailures({ failures }: { failures: readonly JobFailure[] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("overview.failures")}>
      {failures.length === 0 ? (
        <Nothing>{t("overview.noFailures")}</Nothing>
      ) : (
        <ol className="mt-1 border-t border-line">
          {failures.map((failure) => (
            <Entry key={`${failure.job.ulid} ${failure.cluster.error}`} {...failure} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Entry({ job, cluster }: JobFailure) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li className="relative border-b border-line px-4 py-1.5 hover:bg-hover">
      <p className="flex items-baseline gap-2">
        <Mark tone={cluster.outcome === null ? "failed" : HOST_OUTCOME_TONE[cluster.outcome]} />
        <span className="font-semibold whitespace-nowrap">
          {format.number(cluster.count)} <span className="font-normal text-ink-2">{t("failures.hosts", { count: cluster.count })}</span>
        </span>
        <span className="ml-auto truncate text-sm text-ink-3">
          {job.template}
          {cluster.step !== null && ` · ${cluster.step}`}
        </span>
      </p>
      <Link
        to={links.job(job.ulid, { error: cluster.error })}
        title={cluster.sample}
        className="line-clamp-2 font-mono text-sm break-words after:absolute after:inset-0"
      >
        {cluster.sample}
      </Link>
    </li>
  );
}
