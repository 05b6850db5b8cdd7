import { Focus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { HOST_OUTCOME_TONE } from "../../../tones";
import { Button } from "../../../ui/Button";
import { Mark } from "../../../ui/Mark";
import { Panel } from "../../../ui/Panel";
import { Nothing } from "../../../ui/State";
import { useFormat } from "../../../useFormat";
import { useWords } from "../../../useWords";
import type { Intent } from "../actions/action";
import type { FailureCluster, Job } from "../job.query";

interface FailuresProps {
  job: Job;
  /** The error whose hosts stand out on the grid. */
  lit: string | null;
  onLight: (error: string | null) => void;
  onIntend: (intent: Intent) => void;
  onHost: (host: string) => void;
}

/** What went wrong, one entry an error however many hosts had it. */
export function Failures({ job, ...rest }: FailuresProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { failureClusters: clusters, failureClusterCount: count } = job;
  return (
    <Panel className="max-lg:order-1" title={t("failures.title")} {...(count > 0 ? { count: format.number(count) } : {})}>
      {clusters.length === 0 ? (
        <Nothing>{t("failures.none")}</Nothing>
      ) : (
        <ul className="pb-2">
          {clusters.map((cluster) => (
            <Cluster key={cluster.error} job={job} cluster={cluster} {...rest} />
          ))}
          {count > clusters.length && (
            <li className="border-t border-line px-4 py-2 text-sm text-ink-3">{t("failures.more", { count: count - clusters.length })}</li>
          )}
        </ul>
      )}
    </Panel>
  );
}

/** Nobody reads a thousand names, so no more are asked for than these; the grid shows all of the hosts. */
const MOST_NAMED = 60;

function namesOf({ hosts, count }: FailureCluster): string {
  return hosts.join(", ") + (count > MOST_NAMED ? " …" : "");
}

function Cluster({ job, cluster, lit, onLight, onIntend, onHost }: FailuresProps & { cluster: FailureCluster }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isLit = lit === cluster.error;
  const tone = cluster.outcome === null ? "running" : HOST_OUTCOME_TONE[cluster.outcome];
  const words = useWords();
  const these = { which: { error: cluster.error } };
  return (
    <li className="border-t border-line px-4 py-2.5 first:border-t-0">
      <div className="flex items-baseline gap-2">
        <Mark tone={tone} size={12} />
        <span className={`tone-${tone} tone-text text-xl leading-6 font-semibold tabular-nums`}>{format.number(cluster.count)}</span>
        <span className="text-sm text-ink-2">
          {t("failures.hosts", { count: cluster.count })}
          {cluster.step !== null && ` · ${cluster.step}`}
          {cluster.outcome !== null && ` · ${t(`hostOutcome.${cluster.outcome}`)}`}
        </span>
        <button type="button" className="ml-auto text-sm text-accent hover:underline" onClick={() => onHost(cluster.firstHost)}>
          {t("failures.first", { host: cluster.firstHost })}
        </button>
      </div>
      <p className="mt-1 line-clamp-3 font-mono text-sm break-words" title={cluster.sample}>
        {cluster.sample}
      </p>
      <p className="mt-1 line-clamp-2 text-sm break-words text-ink-3">{namesOf(cluster)}</p>
      <div className="mt-2 flex flex-wrap gap-1.5">
        <Button look={isLit ? "primary" : "plain"} aria-pressed={isLit} className="h-6 px-2 text-sm" onClick={() => onLight(isLit ? null : cluster.error)}>
          <Focus size={12} aria-hidden="true" />
          {t("failures.show")}
        </Button>
        <Button className="h-6 px-2 text-sm" blocked={words.whyNot(job.actions, "RETRY")} onClick={() => onIntend({ kind: "RETRY", ...these })}>
          {t("failures.retry")}
        </Button>
        <Button className="h-6 px-2 text-sm" blocked={words.whyNot(job.actions, "ACCEPT")} onClick={() => onIntend({ kind: "ACCEPT", ...these })}>
          {t("failures.accept")}
        </Button>
      </div>
    </li>
  );
}
