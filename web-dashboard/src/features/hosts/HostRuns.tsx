import { ChevronRight } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePages } from "../../api/usePages";
import { links } from "../../links";
import { HostBadge } from "../../rollout/HostBadge";
import { Button } from "../../ui/Button";
import { Moment } from "../../ui/Moment";
import { Nothing, Skeleton, Trouble } from "../../ui/State";
import { useAddress } from "../../useAddress";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { HostRunsQuery, type PastRun, runsOf } from "./host.query";
import { RunSteps } from "./RunSteps";

/** What the address says where no run is open. */
const NONE = "none";

/** What jobs did to a host, the newest job first; each run opens to its steps. Which one is open is in the address; the newest otherwise. */
export function HostRuns({ name, clock }: { name: string; clock: number }) {
  const { t } = useTranslation();
  const [asked, setOpen] = useAddress("run");
  const last = useRef(0);
  const pages = usePages({ document: HostRunsQuery, variables: { name }, of: runsOf }, clock, () => [0, last.current]);
  useEffect(() => {
    last.current = pages.rows.length - 1;
  });
  const trouble = <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />;
  if (pages.rows.length === 0 && pages.error !== null) return trouble;
  if (pages.loading) return <Skeleton label={t("state.loading")} lines={6} />;
  if (pages.rows.length === 0) return <Nothing>{t("hostPage.noRuns")}</Nothing>;
  const open = asked === "" ? pages.rows[0]?.job.ulid : asked;
  return (
    <div className="min-h-0 flex-1 lg:overflow-y-auto">
      {trouble}
      <ol aria-label={t("hostView.runs")}>
        {pages.rows.map((run) => (
          <Run key={run.id} run={run} host={name} open={open === run.job.ulid} onOpen={() => setOpen(open === run.job.ulid ? NONE : run.job.ulid)} />
        ))}
      </ol>
      {pages.more && (
        <Button look="quiet" className="m-2" onClick={pages.next}>
          {t("hostPage.olderRuns")}
        </Button>
      )}
    </div>
  );
}

interface RunProps {
  run: PastRun;
  host: string;
  open: boolean;
  onOpen: () => void;
}

function Run({ run, host, open, onOpen }: RunProps) {
  const { t } = useTranslation();
  const words = useWords();
  const format = useFormat();
  const steps = useId();
  const { job, startedAt, finishedAt } = run;
  const took = startedAt !== null && finishedAt !== null ? new Date(finishedAt).getTime() - new Date(startedAt).getTime() : null;
  return (
    <li className="border-b border-line">
      <div className={`relative grid grid-cols-[20px_minmax(0,1fr)] items-start gap-x-2 px-4 py-2 hover:bg-hover md:grid-cols-[20px_minmax(0,1.1fr)_minmax(0,1.6fr)_150px] ${open ? "bg-sunk" : ""}`}>
        <button type="button" aria-expanded={open} aria-controls={steps} onClick={onOpen} className="mt-1 text-ink-3 after:absolute after:inset-0">
          <ChevronRight size={14} aria-hidden="true" className={open ? "rotate-90" : ""} />
          <span className="sr-only">{t("hostPage.stepsOf", { template: job.template })}</span>
        </button>
        <div className="min-w-0">
          <Link to={links.job(job.ulid, { host })} className="relative z-10 font-medium hover:underline">
            {job.template}
          </Link>
          <p className="truncate text-sm text-ink-3">
            <code className="font-mono text-xs">{job.ulid}</code> · {job.requestedBy}
          </p>
        </div>
        <div className="min-w-0 max-md:col-start-2">
          <p className="flex flex-wrap items-center gap-x-3">
            <HostBadge run={run} />
            {run.outOfService && run.acceptedBy === null && <span className="tone-failed tone-text text-sm">{t("hostPage.leftOut")}</span>}
            {run.acceptedBy !== null && <span className="text-sm text-ink-3">{t("hostPage.acceptedBy", { actor: run.acceptedBy })}</span>}
          </p>
          <p className={`text-sm break-words ${run.error === null ? "text-ink-3" : "line-clamp-2 font-mono text-ink-2"}`}>{run.error ?? (run.outcome === null ? words.said(run.sentence) : "")}</p>
        </div>
        <p className="text-sm text-ink-3 max-md:col-start-2 md:text-right">
          <Moment at={startedAt ?? job.createdAt} />
          {took !== null && <span className="ml-2 md:ml-0 md:block">{format.length(took)}</span>}
        </p>
      </div>
      <div id={steps} hidden={!open}>
        {open && <RunSteps run={run} host={host} />}
      </div>
    </li>
  );
}
