import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAnswer } from "../../api/useAnswer";
import { links } from "../../links";
import { HostBadge } from "../../rollout/HostBadge";
import { STEP_RESULT_TONE } from "../../tones";
import { IconButton } from "../../ui/Button";
import { Mark } from "../../ui/Mark";
import { Nothing } from "../../ui/State";
import { type HostMoment, HostMomentQuery } from "./replay.query";

/** One host as it was at the moment that is looked at, and the way to all there is about it. */
export function HostThen({ job, position, host, onClose }: { job: string; position: number; host: string; onClose: () => void }) {
  const { t } = useTranslation();
  const run = useHostThen(job, position, host);
  return (
    <section aria-label={t("replay.host", { host })} className="border-b border-line px-4 py-2">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 truncate font-semibold">{host}</h2>
        {run !== null && run !== undefined && <HostBadge still run={run} />}
        <IconButton label={t("dialog.close")} className="ml-auto" onClick={onClose}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      </div>
      {run === null && <Nothing>{t("drawer.missing", { host })}</Nothing>}
      {run !== null && run !== undefined && <Then run={run} />}
      <Link to={links.job(job, { host })} className="text-sm text-accent hover:underline">
        {t("replay.hostNow")}
      </Link>
    </section>
  );
}

function Then({ run }: { run: HostMoment }) {
  const { t } = useTranslation();
  return (
    <>
      {run.error !== null && <p className="mt-1 break-words text-ink-2">{run.error}</p>}
      {run.outOfService && <p className="tone-failed tone-text mt-1">{t("host.outOfService")}</p>}
      <ol className="my-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-sm">
        {run.steps.map(({ step, result }) => (
          <li key={step} className="inline-flex items-center gap-1.5">
            <Mark tone={STEP_RESULT_TONE[result]} size={9} />
            {step}
            {result !== "NONE" && <span className="sr-only">{t(`stepResult.${result}`)}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Read anew for every position; what was read last stays until then. `null` where the host was not in the plan. */
function useHostThen(job: string, position: number, host: string): HostMoment | null | undefined {
  const { data, answered } = useAnswer(HostMomentQuery, { job, position, host });
  return answered?.host === host && answered.job === job ? data?.jobAt?.hostRun : undefined;
}
