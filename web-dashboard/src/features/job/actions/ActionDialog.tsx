import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStageWords } from "../../../rollout/stageWords";
import { HOST_OUTCOME_TONE, type HostOutcome } from "../../../tones";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { TextArea, TextField } from "../../../ui/Field";
import { FieldErrors, type Said } from "../../../ui/FieldErrors";
import { Mark } from "../../../ui/Mark";
import { useFormat } from "../../../useFormat";
import type { Job } from "../job.query";
import { ASKS_REASON, DANGEROUS, effectsOf, type Intent, retryable, type RetryFrom, type Verdict } from "./action";
import { Choices } from "./Choices";
import { useAsk } from "./useAsk";
import { type Touches, useTouches } from "./useTouches";
import { useWhyNot } from "./useWhyNot";

const FROMS: readonly RetryFrom[] = ["FAILED_STEP", "START"];
const VERDICTS: readonly Verdict[] = ["SUCCEEDED", "FAILED", "RUN_AGAIN"];

/** Says in words what will happen to how many hosts, and asks for what the log shall know. */
export function ActionDialog({ job, intent, onClose }: { job: Job; intent: Intent; onClose: () => void }) {
  const { t } = useTranslation();
  const ask = useAsk(job.id);
  const classes = intent.kind === "RETRY" && intent.which === undefined ? retryable(job.counts) : [];
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [from, setFrom] = useState<RetryFrom>("FAILED_STEP");
  const [verdict, setVerdict] = useState<Verdict>("RUN_AGAIN");
  const [left, setLeft] = useState<readonly HostOutcome[]>([]);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Said[]>([]);

  const chosen = classes.map(({ outcome }) => outcome).filter((outcome) => !left.includes(outcome));
  const given = "which" in intent ? intent.which : undefined;
  const which = given ?? (left.length > 0 ? { outcomes: chosen } : null);
  const touches = useTouches(job, intent, which);
  const whyNot = useWhyNot(job);
  const isRefused = intent.kind === "APPROVE" && whyNot("APPROVE") !== null;
  const unreasoned = ASKS_REASON[intent.kind] === "required" && reason.trim() === "";
  const untyped = intent.kind === "KILL" && ![job.template, job.ulid].includes(typed.trim());
  const nobody = classes.length > 0 && chosen.length === 0;

  async function submit() {
    setBusy(true);
    const answer = await ask(intent, { reason: reason.trim(), which, from, verdict });
    setBusy(false);
    setRefused(answer);
    if (answer.length === 0) onClose();
  }
  const verb = t(`action.${intent.kind}.verb`);
  return (
    <Dialog
      title={t(`action.${intent.kind}.title`, { template: job.template, ...subjectOf(intent) })}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button
            type="submit"
            look={DANGEROUS[intent.kind] ? "danger" : "primary"}
            disabled={busy || unreasoned || untyped || nobody || touches.unknown || isRefused}
          >
            {verb}
          </Button>
        </>
      }
    >
      <p>{t(`action.${intent.kind}.explain`)}</p>
      {!nobody && <Effects intent={intent} job={job} touches={touches} />}
      {classes.length > 1 && <Classes classes={classes} left={left} onChange={setLeft} />}
      {intent.kind === "RETRY" && (
        <Choices
          label={t("retry.from")}
          value={from}
          onChoose={setFrom}
          choices={FROMS.map((value) => ({ value, label: t(`retryFrom.${value}`) }))}
        />
      )}
      {intent.kind === "RESOLVE" && (
        <Choices
          label={t("resolve.verdict")}
          value={verdict}
          onChoose={setVerdict}
          choices={VERDICTS.map((value) => ({ value, label: t(`verdict.${value}`) }))}
        />
      )}
      {intent.kind === "APPROVE" && <Approval job={job} intent={intent} />}
      {ASKS_REASON[intent.kind] !== "no" && (
        <TextArea
          label={t(ASKS_REASON[intent.kind] === "required" ? "dialog.reason" : "dialog.reasonOptional")}
          note={t("dialog.reasonNote")}
          value={reason}
          data-begin
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      {intent.kind === "KILL" && (
        <TextField
          label={t("kill.type", { name: job.template })}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <FieldErrors errors={refused} />
    </Dialog>
  );
}

function subjectOf(intent: Intent): { host?: string; batch?: number } {
  if (intent.kind === "RESOLVE") return { host: intent.host };
  return intent.kind === "APPROVE" ? { batch: intent.batch } : {};
}

/** What is approved, who may, and why whoever looks at it may not. */
function Approval({ job, intent }: { job: Job; intent: Extract<Intent, { kind: "APPROVE" }> }) {
  const { t } = useTranslation();
  const who = useStageWords().approvers(job.batches.find(({ number }) => number === intent.batch)?.stage ?? null);
  const why = useWhyNot(job)("APPROVE");
  return (
    <>
      <p className="text-ink-2">{t("approve.by", { who })}</p>
      {why !== null && (
        <p role="alert" className="tone-deferred tone-panel px-3 py-1.5">
          {why}
        </p>
      )}
      <p className="text-sm text-ink-3">
        {t("approve.plan")} <code className="font-mono">{intent.planHash.slice(0, 12)}</code>
      </p>
    </>
  );
}

function Effects({ intent, job, touches }: { intent: Intent; job: Job; touches: Touches }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (touches.error !== null) return <FieldErrors errors={[{ message: t("effect.uncounted"), hint: touches.error }]} />;
  if (touches.unknown) return <p className="border-y border-line py-2 text-ink-3">{t("effect.counting")}</p>;
  const effects = effectsOf(intent, job, touches.hosts);
  if (effects.length === 0) return null;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 border-y border-line py-2">
      {effects.map(({ name, hosts }, at) => (
        <div key={`${name} ${at}`} className="contents">
          <dt className="text-right text-lg font-semibold">{format.number(hosts)}</dt>
          <dd className="text-ink-2">{t(`effect.${name}`, { count: hosts })}</dd>
        </div>
      ))}
    </dl>
  );
}

function Classes({ classes, left, onChange }: {
  classes: readonly { outcome: HostOutcome; hosts: number }[];
  left: readonly HostOutcome[];
  onChange: (left: readonly HostOutcome[]) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <fieldset className="border-y border-line py-2">
      <legend className="sr-only">{t("retry.which")}</legend>
      {classes.map(({ outcome, hosts }) => (
        <label key={outcome} className="flex items-center gap-2 py-0.5">
          <input
            type="checkbox"
            className="accent-accent"
            checked={!left.includes(outcome)}
            onChange={(event) =>
              onChange(event.target.checked ? left.filter((other) => other !== outcome) : [...left, outcome])
            }
          />
          <span className="min-w-10 text-right text-lg font-semibold">{format.number(hosts)}</span>
          <Mark tone={HOST_OUTCOME_TONE[outcome]} />
          {t(`hostOutcome.${outcome}`)}
        </label>
      ))}
    </fieldset>
  );
}
