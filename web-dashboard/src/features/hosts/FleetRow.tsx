import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { asksFor, testOf } from "../../selector/completion";
import { HostBadge } from "../../rollout/HostBadge";
import { serviceTone } from "../../tones";
import { Badge } from "../../ui/Badge";
import { Mark } from "../../ui/Mark";
import { Away, Moment } from "../../ui/Moment";
import type { FleetHost } from "./hosts.query";

/** Header and rows of the list share these. */
export const FLEET_GRID = "grid grid-cols-[minmax(130px,1fr)_minmax(170px,1.1fr)_minmax(170px,1.2fr)_minmax(190px,1.6fr)_minmax(60px,90px)] gap-x-3 px-4";
export const FLEET_COLUMNS = ["host", "service", "last", "labels", "source"] as const;

interface FleetRowProps {
  host: FleetHost;
  selector: string;
  onTest: (test: string) => void;
}

/** A host in the list: who it is, whether it serves, what was done to it last, and what it is. */
export function FleetRow({ host, selector, onTest }: FleetRowProps) {
  return (
    <>
      <span role="cell" className="min-w-0">
        <Link to={links.host(host.name)} className="block truncate font-medium after:absolute after:inset-0" title={host.name}>
          {host.name}
        </Link>
        <span className="block truncate text-xs text-ink-3" title={host.address ?? ""}>
          {host.address}
        </span>
      </span>
      <span role="cell" className="min-w-0">
        <Service host={host} />
      </span>
      <span role="cell" className="min-w-0">
        <LastRun host={host} />
      </span>
      <span role="cell" className="flex max-h-10 min-w-0 flex-wrap items-center gap-x-1 gap-y-0.5 overflow-hidden">
        {host.labels.map(({ name, value }) => (
          <LabelChip key={name} name={name} value={value} selector={selector} onTest={onTest} />
        ))}
      </span>
      <span role="cell" className="truncate text-sm text-ink-3" title={host.source ?? ""}>
        {host.source}
      </span>
    </>
  );
}

/** A label that narrows the list when it is pressed. */
function LabelChip({ name, value, selector, onTest }: { name: string; value: string } & Pick<FleetRowProps, "selector" | "onTest">) {
  const test = testOf(name, value);
  return (
    <button
      type="button"
      aria-pressed={asksFor(selector, test)}
      onClick={() => onTest(test)}
      className="relative z-10 h-4.5 max-w-40 truncate rounded-sm bg-sunk px-1 text-xs text-ink-2 hover:bg-hover hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent"
    >
      {name}={value}
    </button>
  );
}

function Service({ host }: { host: FleetHost }) {
  const { t } = useTranslation();
  const { outOfServiceBecauseOf: cause, outOfServiceSince: since, leasedTo } = host;
  if (cause !== null) {
    return (
      <>
        <Badge tone={serviceTone({ isOut: true, needsAPerson: host.needsAPerson })}>{t("fleet.outOfService")}</Badge>
        <span className="block truncate text-sm text-ink-3">
          <JobLink job={cause} host={host.name} />
          {since !== null && (
            <>
              {" · "}
              <Away at={since} />
            </>
          )}
        </span>
      </>
    );
  }
  return (
    <>
      <span className="inline-flex items-center gap-1.5 text-ink-2">
        <Mark tone={serviceTone({ isOut: false, needsAPerson: host.needsAPerson })} />
        {host.needsAPerson ? t("fleet.needsAPerson") : t("fleet.inService")}
      </span>
      {leasedTo !== null && (
        <span className="block truncate text-sm text-ink-3">
          {t("fleet.heldBy")} <JobLink job={leasedTo} host={host.name} />
        </span>
      )}
    </>
  );
}

function JobLink({ job, host }: { job: NonNullable<FleetHost["leasedTo"]>; host: string }) {
  return (
    <Link to={links.job(job.ulid, { host })} className="relative z-10 text-ink-2 underline decoration-line-strong underline-offset-2 hover:decoration-current" title={job.ulid}>
      {job.template}
    </Link>
  );
}

function LastRun({ host: { lastRun } }: { host: FleetHost }) {
  const { t } = useTranslation();
  if (lastRun === null) return <span className="text-ink-3">{t("fleet.never")}</span>;
  const { error, startedAt, finishedAt } = lastRun;
  const at = finishedAt ?? startedAt;
  return (
    <>
      <HostBadge run={lastRun} />
      <span className="block truncate text-sm text-ink-3" title={error ?? ""}>
        {at !== null && <Moment at={at} />} {error ?? ""}
      </span>
    </>
  );
}
