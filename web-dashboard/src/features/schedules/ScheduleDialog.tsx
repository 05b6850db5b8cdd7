import type { Client } from "@urql/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import { refusalsOf } from "../../api/errors";
import { freshKey } from "../../api/freshKey";
import { useAnswer } from "../../api/useAnswer";
import { links } from "../../links";
import { CountHostsQuery } from "../../selector/selector.query";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextArea } from "../../ui/Field";
import { FieldErrors, type Said } from "../../ui/FieldErrors";
import { useFormat } from "../../useFormat";
import { DeleteSchedule, PauseSchedule, ResumeSchedule, RunScheduleNow, type Schedule, TemplateQuery } from "./schedules.query";

/** What a person is about to do to a schedule. */
export type Intent = "PAUSE" | "RESUME" | "RUN" | "DELETE";

/** What cannot be taken back asks for its reason; a job that is created says itself who asked for it. */
const ASKS_REASON: Record<Intent, "no" | "optional" | "required"> = {
  PAUSE: "optional",
  RESUME: "optional",
  RUN: "no",
  DELETE: "required",
};

interface Answer {
  job?: { ulid: string } | null;
  refused: readonly Said[];
}

async function send(client: Client, intent: Intent, schedule: string, reason: string, idempotencyKey: string): Promise<Answer> {
  const asked = { input: { schedule, reason } };
  switch (intent) {
    case "PAUSE":
      return { refused: refusalsOf(await client.mutation(PauseSchedule, asked)) };
    case "RESUME":
      return { refused: refusalsOf(await client.mutation(ResumeSchedule, asked)) };
    case "DELETE":
      return { refused: refusalsOf(await client.mutation(DeleteSchedule, asked)) };
    case "RUN": {
      const result = await client.mutation(RunScheduleNow, { input: { schedule, idempotencyKey } });
      return { refused: refusalsOf(result), job: result.data?.answer.job ?? null };
    }
  }
}

interface ScheduleDialogProps {
  schedule: Schedule;
  intent: Intent;
  onClose: () => void;
  /** It was done; whether the schedule is gone now. */
  onDone: (removed: boolean) => void;
}

/** Says in words what will happen, and asks for what the log shall know. */
export function ScheduleDialog({ schedule, intent, onClose, onDone }: ScheduleDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [key] = useState(freshKey);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Said[]>([]);
  const unreasoned = ASKS_REASON[intent] === "required" && reason.trim() === "";
  const hosts = useHosts(schedule, intent === "RUN");

  async function submit() {
    setBusy(true);
    const answer = await send(client, intent, schedule.id, reason.trim(), key);
    setBusy(false);
    setRefused(answer.refused);
    if (answer.refused.length > 0) return;
    onDone(intent === "DELETE");
    if (answer.job !== null && answer.job !== undefined) void navigate(links.job(answer.job.ulid));
  }
  return (
    <Dialog
      title={t(`schedules.action.${intent}.title`, { name: schedule.name })}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button type="submit" look={intent === "DELETE" ? "danger" : "primary"} disabled={busy || unreasoned || hosts.unknown}>
            {t(`schedules.action.${intent}.verb`)}
          </Button>
        </>
      }
    >
      <p>{t(`schedules.action.${intent}.explain`, { template: schedule.template })}</p>
      {intent === "RUN" && <Hosts {...hosts} />}
      {ASKS_REASON[intent] !== "no" && (
        <TextArea
          label={t(ASKS_REASON[intent] === "required" ? "dialog.reason" : "dialog.reasonOptional")}
          note={t("dialog.reasonNote")}
          value={reason}
          data-begin
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      <FieldErrors errors={refused} />
    </Dialog>
  );
}

interface Counted {
  /** `null` until it is known, and where no selector says which. */
  count: number | null;
  error: string | null;
  /** Whether nobody should agree yet: how many hosts it is about is not known. */
  unknown: boolean;
}

/** How many hosts a job of a schedule would have now. Where nothing says which, the server refuses the job and says so. */
function useHosts({ template, targets }: Schedule, asked: boolean): Counted {
  const usual = useAnswer(TemplateQuery, asked && targets === null ? { name: template } : null);
  const selector = targets ?? usual.data?.template?.definition.targets ?? null;
  const counted = useAnswer(CountHostsQuery, asked && selector !== null ? { selector } : null);
  const isNamed = targets !== null || usual.data === null || selector !== null;
  const count = counted.data?.countHosts.count ?? null;
  return { count, error: usual.error ?? counted.error, unknown: asked && isNamed && count === null };
}

function Hosts({ count, error, unknown }: Counted) {
  const { t } = useTranslation();
  const format = useFormat();
  if (error !== null) return <FieldErrors errors={[{ message: t("effect.uncounted"), hint: error }]} />;
  if (count === null) return unknown && <p className="text-ink-3">{t("effect.counting")}</p>;
  return <p className="text-ink-2">{t("schedules.wants", { count, hosts: format.number(count) })}</p>;
}
