import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { JobBadge } from "../../rollout/JobBadge";
import { Mark } from "../../ui/Mark";
import { useFormat } from "../../useFormat";
import type { Plan, Preview } from "./newJob.query";
import { PlanBatches } from "./PlanBatches";
import { PlanRail } from "./PlanRail";

/** The plan the job will have: what it is, how long it will take, who is in the way, and every batch. */
export function PlanReview({ preview, plan, stale }: { preview: Preview; plan: Plan; stale: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={stale ? "opacity-60 transition-opacity" : "transition-opacity"} aria-busy={stale}>
      <p className="text-lg font-semibold">
        {t("newJob.hosts", { count: plan.hosts, hosts: format.number(plan.hosts) })}
        <span className="font-normal text-ink-3"> {t("newJob.inBatches", { count: plan.batchCount, batches: format.number(plan.batchCount) })}</span>
      </p>
      <Figures preview={preview} plan={plan} />
      <InTheWay preview={preview} />
      <Coverage plan={plan} />
      <PlanRail plan={plan} />
      <PlanBatches plan={plan} />
      <p className="mt-3 flex flex-wrap gap-x-4 text-sm text-ink-3">
        <span title={plan.hash}>
          {t("newJob.hash")} <code className="font-mono">{plan.hash.slice(0, 12)}</code>
        </span>
        <span>
          {t("newJob.seed")} <code className="font-mono">{plan.seed}</code>
        </span>
      </p>
    </div>
  );
}

function Figures({ preview, plan }: { preview: Preview; plan: Plan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { prediction, definition } = preview;
  return (
    <dl className="mt-2 grid grid-cols-2 gap-x-6 gap-y-2 xl:grid-cols-4">
      <Figure name={t("newJob.takes")}>
        {prediction === null ? (
          <span className="font-normal text-ink-3">{t("newJob.noExperience")}</span>
        ) : (
          <>
            {t("newJob.about", { time: format.length(prediction.takes) })}
            <Aside>{t("newJob.rests", { count: prediction.earlierJobs })}</Aside>
            {prediction.bakes > 0 && <Aside>{t("newJob.ofWhichBakes", { time: format.length(prediction.bakes) })}</Aside>}
          </>
        )}
      </Figure>
      <Figure name={t("newJob.finishes")}>
        {prediction === null ? (
          <span className="font-normal text-ink-3">–</span>
        ) : (
          <>
            <time dateTime={prediction.finishesAt} title={format.exact(prediction.finishesAt)}>
              {format.moment(prediction.finishesAt)}
            </time>
            <Aside>{t("newJob.ifStartedNow")}</Aside>
          </>
        )}
      </Figure>
      <Figure name={t("newJob.stops")}>
        {plan.stopsAt === null ? t("newJob.neverInAll") : t("newJob.inAll", { count: plan.stopsAt, ordinal: true })}
        {definition?.gates.signature != null && <Aside>{t("newJob.sameError", { count: definition.gates.signature })}</Aside>}
        {definition?.gates.totalMaxFailed != null && (
          <Aside>{t("newJob.share", { share: definition.gates.totalMaxFailed, count: definition.gates.totalMinSample })}</Aside>
        )}
      </Figure>
      <Figure name={t("newJob.concurrency")}>
        {definition === null ? "–" : format.number(definition.concurrency)}
        {definition?.ramp === "DOUBLING" && <Aside>{t("newJob.doubling")}</Aside>}
      </Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="eyebrow">{name}</dt>
      <dd className="font-semibold">{children}</dd>
    </div>
  );
}

function Aside({ children }: { children: ReactNode }) {
  return <span className="block text-sm font-normal text-ink-3">{children}</span>;
}

/** Hosts that other jobs have: they would be deferred. */
function InTheWay({ preview: { deferredNow } }: { preview: Preview }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (deferredNow.length === 0) return null;
  return (
    <ul className="tone-deferred tone-panel mt-3 space-y-1 px-3 py-2" aria-label={t("newJob.inTheWay")}>
      {deferredNow.map(({ job, hosts, outOfService, names }) => (
        <li key={job.id}>
          <strong className="font-semibold">{t("newJob.hosts", { count: hosts, hosts: format.number(hosts) })}</strong> {t("newJob.heldBy", { count: hosts })}{" "}
          <Link to={links.job(job.ulid)} className="font-medium text-accent hover:underline">
            {job.template}
          </Link>{" "}
          <JobBadge still job={job} />
          {outOfService > 0 && <span className="text-ink-2"> · {t("newJob.outOfService", { count: outOfService })}</span>}
          <span className="line-clamp-2 font-mono text-sm break-words text-ink-2">{names.join("  ")}</span>
        </li>
      ))}
      <li className="text-sm text-ink-2">{t("newJob.deferred")}</li>
    </ul>
  );
}

/** Which strata the canary warns of, where the batches are spread at all. */
function Coverage({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const canary = plan.batches[0];
  if (plan.stratifyBy.length === 0 || canary === undefined) return null;
  const all = plan.strata.length;
  return (
    <p className="mt-3">
      <span className="text-ink-3">{t("newJob.spread", { labels: plan.stratifyBy.join(", ") })}</span>{" "}
      {canary.lacking === 0 ? (
        <span className="inline-flex items-center gap-1.5">
          <Mark tone="done" size={8} /> {t("newJob.allCovered", { count: all })}
        </span>
      ) : (
        <span className="tone-deferred tone-text">
          {t("newJob.covers", { covered: canary.strata.length, count: all, lacks: canary.lacks.join(", ") })}
        </span>
      )}
    </p>
  );
}
