import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../../api/errors";
import { links } from "../../../links";
import { HostBadge } from "../../../rollout/HostBadge";
import { ABSENCE_TONE, hostTone } from "../../../tones";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { Drawer } from "../../../ui/Drawer";
import { Moment } from "../../../ui/Moment";
import { Segmented } from "../../../ui/Segmented";
import { Nothing, Skeleton, State } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import type { Intent } from "../actions/action";
import type { Job } from "../job.query";
import { useThrottled } from "../../../useThrottled";
import { useWords } from "../../../useWords";
import { HostEvents } from "./HostEvents";
import { type Attempt, type HostRun, HostRunQuery } from "./hostRun.query";
import { OutputPane } from "./OutputPane";
import { Steps } from "./Steps";

const FRESH_EVERY = 1_000;

interface HostDrawerProps {
  job: Job;
  name: string;
  onIntend: (intent: Intent) => void;
  onClose: () => void;
}

/** One host's way through the job, beside the page it was opened from. */
export function HostDrawer({ job, name, onIntend, onClose }: HostDrawerProps) {
  const { t } = useTranslation();
  const [answer, refetch] = useQuery({ query: HostRunQuery, variables: { job: job.ulid, host: name }, requestPolicy: "cache-and-network" });
  const version = useThrottled(job.position, FRESH_EVERY);
  useEffect(() => refetch({ requestPolicy: "network-only" }), [version, refetch]);
  const run = answer.data?.job?.hostRun;
  return (
    <Drawer parted width="wide" label={t("drawer.label", { host: name })} heading={<Heading name={name} run={run ?? null} />} onClose={onClose}>
      {answer.error !== undefined && <State tone="failed" title={t("state.refused")}>{wordsOf(answer.error)}</State>}
      {run === undefined && answer.error === undefined && <Skeleton label={t("state.loading")} lines={6} />}
      {run === null && <Nothing>{t("drawer.missing", { host: name })}</Nothing>}
      {run !== null && run !== undefined && <Content job={job} run={run} onIntend={onIntend} />}
    </Drawer>
  );
}

function Heading({ name, run }: { name: string; run: HostRun | null }) {
  const { t } = useTranslation();
  return (
    <>
      <h2 className="flex flex-wrap items-baseline gap-x-3 text-lg font-semibold">
        <Link to={links.host(name)} className="hover:underline">
          {name}
        </Link>
        {run !== null && (
          <span className="text-base">
            <HostBadge run={run} />
          </span>
        )}
        {run !== null && run.absence !== null && (
          <span className="text-base">
            <Badge tone={ABSENCE_TONE[run.absence]}>{t(`absence.${run.absence}`)}</Badge>
          </span>
        )}
      </h2>
      {run !== null && <Labels run={run} />}
    </>
  );
}

function Labels({ run }: { run: HostRun }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap gap-x-3 text-sm text-ink-3">
      <span>{t("hosts.batch", { batch: run.batch })}</span>
      {run.labels.map(({ name, value }) => (
        <span key={name}>
          {name}=<span className="text-ink-2">{value}</span>
        </span>
      ))}
      {run.startedAt !== null && (
        <span>
          {t("drawer.started")} <Moment at={run.startedAt} />
        </span>
      )}
    </p>
  );
}

type Tab = "output" | "events";

function Content({ job, run, onIntend }: { job: Job; run: HostRun; onIntend: (intent: Intent) => void }) {
  const { t } = useTranslation();
  const [show, setShow] = useAddress("show");
  const [token, setToken] = useAddress("attempt");
  const tab: Tab = show === "events" ? "events" : "output";
  const attempt = run.attempts.find((attempt) => attempt.token === token) ?? usual(run.attempts);
  return (
    <>
      <Why run={run} />
      <HostActions job={job} run={run} onIntend={onIntend} />
      <Steps run={run} chosen={attempt?.token ?? null} onChoose={setToken} />
      <div className="px-4 py-2">
        <Segmented<Tab>
          label={t("drawer.show")}
          value={tab}
onChoose={(tab) => setShow(tab === "output" ? "" : tab)}
          choices={[
            { value: "output", label: t("output.title") },
            { value: "events", label: t("view.timeline") },
          ]}
        />
      </div>
      {tab === "events" && <HostEvents job={job} host={run.host} />}
      {tab === "output" && attempt !== undefined && <OutputPane key={attempt.token} job={job.ulid} host={run.host} attempt={attempt} />}
      {tab === "output" && attempt === undefined && <Nothing>{t("drawer.notStarted")}</Nothing>}
    </>
  );
}

/** The attempt one wants to read: the one that runs, otherwise the last that went wrong, otherwise the last. */
export function usual(attempts: readonly Attempt[]): Attempt | undefined {
  const wentWrong = ({ status, outcome }: Attempt) => status === "IN_DOUBT" || (outcome !== null && outcome !== "SUCCEEDED");
  return attempts.findLast(({ status }) => status === "RUNNING") ?? attempts.findLast(wentWrong) ?? attempts.at(-1);
}

/** Why the host is where it is: each line leads to the next. */
function Why({ run }: { run: HostRun }) {
  const { t } = useTranslation();
  const words = useWords();
  if (run.reasons.length === 0) return null;
  const tone = hostTone(run.status, run.outcome);
  return (
    <section aria-label={t("drawer.why")} className={`tone-${tone} tone-panel mx-4 mb-2 px-3 py-2`}>
      <ol className="space-y-0.5">
        {run.reasons.map((reason, at) => (
          <li key={reason.text} className={`break-words ${at === 0 ? "font-medium" : "text-ink-2"}`}>
            {words.said(reason)}
          </li>
        ))}
      </ol>
      {run.acceptedBy !== null && <p className="text-ink-2">{t("drawer.acceptedBy", { actor: run.acceptedBy })}</p>}
    </section>
  );
}

/** What may be asked of this host. What may not be says why. */
export function HostActions({ job, run, onIntend }: { job: Job; run: HostRun; onIntend: (intent: Intent) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const which = { which: { hosts: [run.host] } };
  const hasFailed = run.outcome !== null && hostTone(run.status, run.outcome) !== "done";
  return (
    <div className="flex flex-wrap gap-2 px-4 pb-2">
      {run.status === "IN_DOUBT" && (
        <Button look="primary" blocked={words.whyNot(job.actions, "RESOLVE")} onClick={() => onIntend({ kind: "RESOLVE", host: run.host })}>
          {t("action.RESOLVE.verb")}
        </Button>
      )}
      <Button blocked={hasFailed ? words.whyNot(job.actions, "RETRY") : t("drawer.notFailed")} onClick={() => onIntend({ kind: "RETRY", ...which })}>
        {t("action.RETRY.verb")}
      </Button>
      <Button blocked={run.needsAPerson ? words.whyNot(job.actions, "ACCEPT") : t("drawer.needsNobody")} onClick={() => onIntend({ kind: "ACCEPT", ...which })}>
        {t("action.ACCEPT.verb")}
      </Button>
    </div>
  );
}
