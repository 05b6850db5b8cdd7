import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { attentionTone, WAITING_TONE } from "../../tones";
import { Countdown } from "../../ui/Countdown";
import { Figure } from "../../ui/Figure";
import { Mark } from "../../ui/Mark";
import { Away } from "../../ui/Moment";
import type { Tone } from "../../ui/tone";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { CompactRail } from "./CompactRail";
import type { OverviewJob } from "./overview.query";

/** Jobs that go no further until somebody decides. They are read from across the room. */
export function Needing({ jobs }: { jobs: readonly OverviewJob[] }) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t("overview.needing")} className="space-y-px">
      {jobs.map((job) => (
        <NeedingJob key={job.id} job={job} />
      ))}
    </ol>
  );
}

function NeedingJob({ job }: { job: OverviewJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tone = attentionTone(job.attention);
  const { counts } = job;
  return (
    <li className={`tone-${tone} tone-panel relative grid gap-x-8 gap-y-3 px-4 py-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]`}>
      <div className="min-w-0">
        <h2 className="flex items-baseline gap-2.5 text-2xl leading-7 font-semibold tracking-tight">
          <Mark tone={tone} size={16} />
          <Link to={links.job(job.ulid)} className="min-w-0 truncate after:absolute after:inset-0">
            {job.template}
          </Link>
        </h2>
        <Reasons job={job} />
        <Cluster job={job} />
      </div>
      <div className="flex min-w-0 flex-col justify-between gap-2">
        <dl className="flex flex-wrap gap-x-6 lg:justify-end lg:text-right">
          <Count name={t("figure.outOfService")} value={counts.outOfService} loud={counts.needingAPerson > 0} />
          <Count name={t("figure.failed")} value={counts.failed} loud={counts.failed > 0} />
          <Count name={t("figure.running")} value={counts.byStatus.running} />
          <Figure size="large" name={t("figure.settled")}>
            {format.number(counts.settled)}
            <span className="text-lg font-normal text-ink-2"> / {format.number(counts.hosts)}</span>
          </Figure>
        </dl>
        <CompactRail job={job} />
        <p className="flex flex-wrap gap-x-3 text-sm text-ink-2 lg:justify-end">
          <code className="font-mono">{job.ulid}</code>
          <span>{t("job.requestedBy", { actor: job.requestedBy })}</span>
          <Away at={job.createdAt} />
        </p>
      </div>
    </li>
  );
}

/** Why it stands, and what it waits for, in words. */
function Reasons({ job }: { job: OverviewJob }) {
  const { t } = useTranslation();
  const words = useWords();
  const waiting = job.waitingFor.filter(({ kind }) => kind !== "RESUME" || job.hold === null);
  return (
    <div className="mt-1 space-y-0.5 text-lg">
      {job.hold !== null && <Reason tone={attentionTone(job.attention)} title={t(`hold.${job.hold.kind}`)}>{words.hold(job.hold)}</Reason>}
      {waiting.map(({ kind, text, numbers, until }) => (
        <Reason key={kind} tone={WAITING_TONE[kind]} title={t(`waiting.${kind}`)}>
          {words.waiting({ kind, text, numbers })}
          {until !== null && (
            <strong className="ml-2 font-semibold text-ink">
              <Countdown until={until} />
            </strong>
          )}
        </Reason>
      ))}
    </div>
  );
}

function Reason({ tone, title, children }: { tone: Tone; title: string; children: ReactNode }) {
  return (
    <p className={`tone-${tone}`}>
      <strong className="tone-text font-semibold">{title}</strong>
      <span className="ml-2 break-words text-ink-2">{children}</span>
    </p>
  );
}

/** The error most of its hosts failed with, as the first of them said it. */
function Cluster({ job }: { job: OverviewJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [cluster] = job.failureClusters;
  if (cluster === undefined) return null;
  return (
    <Link
      to={links.job(job.ulid, { error: cluster.error })}
      className="relative mt-2 block max-w-3xl rounded-sm hover:underline"
      title={cluster.sample}
    >
      <span className="line-clamp-2 font-mono text-sm break-words text-ink">{cluster.sample}</span>
      <span className="text-sm text-ink-2">
        {format.number(cluster.count)} {t("failures.hosts", { count: cluster.count })} · {t("failures.first", { host: cluster.firstHost })}
      </span>
    </Link>
  );
}

function Count({ name, value, loud = false }: { name: string; value: number; loud?: boolean }) {
  const format = useFormat();
  return (
    <Figure size="large" name={name} look={loud ? "tone-failed tone-text" : ""}>
      {format.number(value)}
    </Figure>
  );
}
