import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { Button, IconButton } from "../../ui/Button";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { useKeys } from "../../ui/keys";
import { Skeleton } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { type Draft, draftOf, emptyDraft, inputOf, parametersProblem } from "./draft";
import { CronField, HostsField, ParametersField } from "./FormParts";
import { CreateSchedule, type Schedule, ScheduleQuery, UpdateSchedule } from "./schedules.query";
import type { Place } from "./usePlace";
import { useRead } from "./useRead";
import { useTemplates } from "./useHostCount";

const NEVER_AGAIN = 3_600_000;
const MISSED = ["ONCE", "SKIP", "ALL"] as const;
const OVERLAPS = ["FORBID", "QUEUE", "ALLOW"] as const;

/** Makes a schedule, or changes the one the address names. */
export function ScheduleForm({ place, onDone }: { place: Place; onDone: () => void }) {
  const { t } = useTranslation();
  const own = useFormat().zone;
  const isNew = place.form === "new";
  const { data } = useRead(ScheduleQuery, isNew ? null : { id: place.form, count: 1 }, NEVER_AGAIN);
  const close = () => place.go({ form: "" });
  useKeys([{ key: "Escape", label: t("keys.close"), run: close }]);
  const before = data?.schedule ?? null;
  const title = isNew ? t("schedules.new") : t("schedules.editTitle", { name: before?.name ?? "" });
  return (
    <aside
      aria-label={title}
      className="slide-in fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line-strong bg-paper shadow-float md:w-[520px]"
    >
      <header className="flex items-center gap-3 border-b border-line px-4 py-2">
        <h2 className="min-w-0 truncate text-lg font-semibold">{title}</h2>
        <IconButton label={t("dialog.close")} className="ml-auto" onClick={close}>
          <X size={16} aria-hidden="true" />
        </IconButton>
      </header>
      {!isNew && before === null ? (
        <Skeleton label={t("state.loading")} lines={6} />
      ) : (
        <Fields place={place} before={before} first={before === null ? emptyDraft(own) : draftOf(before)} onClose={close} onDone={onDone} />
      )}
    </aside>
  );
}

interface Refused {
  message: string;
  hint: string;
  path: readonly string[];
}

interface FieldsProps {
  place: Place;
  before: Schedule | null;
  first: Draft;
  onClose: () => void;
  onDone: () => void;
}

function Fields({ place, before, first, onClose, onDone }: FieldsProps) {
  const { t } = useTranslation();
  const client = useClient();
  const templates = useTemplates();
  const [draft, setDraft] = useState(first);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const text = (name: "name" | "missedMax" | "deadline") => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
  });
  const problem = parametersProblem(draft.parameters);
  const isIncomplete = [draft.name, draft.template, draft.cron, draft.zone].some((part) => part.trim() === "") || problem !== null;

  async function submit() {
    setBusy(true);
    const input = inputOf(draft);
    const { data, error } =
      before === null
        ? await client.mutation(CreateSchedule, { input })
        : await client.mutation(UpdateSchedule, { input: { ...input, schedule: before.id, reason: reason.trim() } });
    setBusy(false);
    const errors = error === undefined ? (data?.answer.userErrors ?? []) : [{ message: error.message, hint: "", path: [] }];
    setRefused(errors);
    if (errors.length > 0) return;
    place.go({ form: "", moment: "", schedule: data?.answer.schedule?.id ?? before?.id ?? "" });
    onDone();
  }
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isIncomplete && !busy) void submit();
      }}
    >
      <div className="min-h-0 flex-1 space-y-3 overflow-y-auto px-4 py-3">
        <TextField label={t("schedules.field.name")} note={t("schedules.note.name")} autoComplete="off" autoFocus {...text("name")} />
        <SelectField label={t("schedules.field.template")} value={draft.template} onChange={(event) => change({ template: event.target.value })}>
          <option value="">{t("schedules.chooseTemplate")}</option>
          {(templates ?? []).map(({ id, name }) => (
            <option key={id} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
        <HostsField
          targets={draft.targets}
          usual={templates?.find(({ name }) => name === draft.template)?.definition.targets ?? ""}
          template={draft.template}
          onChange={(targets) => change({ targets })}
        />
        <CronField draft={draft} onChange={change} />
        <ParametersField template={templates?.find(({ name }) => name === draft.template)} draft={draft} problem={problem} onChange={change} />
        <SelectField label={t("schedules.field.overlap")} value={draft.overlap} onChange={(event) => change({ overlap: OVERLAPS.find((one) => one === event.target.value) ?? "FORBID" })}>
          {OVERLAPS.map((value) => (
            <option key={value} value={value}>
              {t(`overlap.${value}`)}
            </option>
          ))}
        </SelectField>
        <div className="grid grid-cols-[1fr_auto] gap-3">
          <SelectField label={t("schedules.field.missed")} value={draft.missed} onChange={(event) => change({ missed: MISSED.find((one) => one === event.target.value) ?? "ONCE" })}>
            {MISSED.map((value) => (
              <option key={value} value={value}>
                {value === "ALL" ? t("schedules.missedAll") : t(`missed.${value}`)}
              </option>
            ))}
          </SelectField>
          {draft.missed === "ALL" && <TextField label={t("schedules.field.missedMax")} type="number" min={1} max={100} className="w-24" {...text("missedMax")} />}
        </div>
        <TextField label={t("schedules.field.deadlineMinutes")} note={t("schedules.note.deadline")} type="number" min={1} {...text("deadline")} />
        {before !== null && (
          <TextArea label={t("dialog.reasonOptional")} note={t("dialog.reasonNote")} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </div>
      <footer className="border-t border-line bg-sunk px-4 py-3">
        {refused.map(({ message, hint }) => (
          <p key={message} role="alert" className="tone-failed tone-text mb-2">
            {message}
            {hint !== "" && <span className="block text-sm text-ink-2">{hint}</span>}
          </p>
        ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button type="submit" look="primary" disabled={busy || isIncomplete}>
            {before === null ? t("schedules.create") : t("schedules.save")}
          </Button>
        </div>
      </footer>
    </form>
  );
}
