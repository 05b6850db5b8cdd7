import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { errorsAt, others, type Refusal, refusalsOf } from "../../api/errors";
import { ParameterForm } from "../../rollout/ParameterForm";
import { parametersOf } from "../../rollout/parameters";
import { TargetsField } from "../../selector/TargetsField";
import { Button } from "../../ui/Button";
import { Drawer } from "../../ui/Drawer";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { FieldErrors } from "../../ui/FieldErrors";
import { LeaveWarning, leavesPage } from "../../ui/LeaveWarning";
import { Skeleton } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { CronField } from "./CronField";
import { type Draft, draftOf, emptyDraft, inputOf } from "./draft";
import { CreateSchedule, type Schedule, ScheduleQuery, UpdateSchedule } from "./schedules.query";
import type { Place } from "./usePlace";
import { useRead } from "./useRead";
import { useTemplate, useTemplateNames } from "./useTemplate";

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
  const before = data?.schedule ?? null;
  const title = isNew ? t("schedules.new") : t("schedules.editTitle", { name: before?.name ?? "" });
  return (
    <Drawer parted width="narrow" label={title} heading={<h2 className="truncate text-lg font-semibold">{title}</h2>} onClose={close}>
      {!isNew && before === null ? (
        <Skeleton label={t("state.loading")} lines={6} />
      ) : (
        <Fields place={place} before={before} first={before === null ? emptyDraft(own) : draftOf(before)} onClose={close} onDone={onDone} />
      )}
    </Drawer>
  );
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
  const names = useTemplateNames();
  const [begun] = useState(first);
  const [draft, setDraft] = useState(first);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Refusal[]>([]);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const text = (name: "name" | "missedMax" | "deadline") => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
  });
  const template = useTemplate(draft.template);
  const taken = useMemo(() => parametersOf(template?.definition.parameters), [template]);
  // What the template takes has to be known: what it does not take is left out.
  const isIncomplete = template === null || [draft.name, draft.cron, draft.zone].some((part) => part.trim() === "");
  const errors = errorsAt(refused);
  const isDirty = reason !== "" || JSON.stringify(draft) !== JSON.stringify(begun);
  const saved = useRef(false);

  async function submit() {
    setBusy(true);
    const input = inputOf(draft, taken);
    const result =
      before === null
        ? await client.mutation(CreateSchedule, { input })
        : await client.mutation(UpdateSchedule, { input: { ...input, schedule: before.id, baseVersion: before.version, reason: reason.trim() } });
    setBusy(false);
    const errors = refusalsOf(result);
    setRefused(errors);
    if (errors.length > 0) return;
    saved.current = true;
    place.go({ form: "", moment: "", schedule: result.data?.answer.schedule?.id ?? before?.id ?? "" });
    onDone();
  }
  return (
    <>
      <form
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isIncomplete && !busy) void submit();
        }}
      >
        <div className="min-h-0 flex-1 space-y-3 overflow-y-auto px-4 py-3">
          <TextField label={t("schedules.field.name")} note={t("schedules.note.name")} autoComplete="off" autoFocus={before !== null} data-begin {...text("name")} />
          <SelectField label={t("schedules.field.template")} value={draft.template} onChange={(event) => change({ template: event.target.value })}>
            <option value="">{t("schedules.chooseTemplate")}</option>
            {named(names ?? [], draft.template).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </SelectField>
          <TargetsField
            label={t("schedules.field.targets")}
          labelled
            value={draft.targets}
            usual={template?.definition.targets ?? null}
            onChange={(targets) => change({ targets })}
          >
            <FieldErrors errors={errors("targets")} />
          </TargetsField>
          <CronField draft={draft} onChange={change} />
          {taken.length > 0 && (
            <fieldset className="rounded-md border border-line px-3 pt-1 pb-3">
              <legend className="px-1 text-sm font-medium text-ink-2">{t("schedules.field.parameters")}</legend>
              <ParameterForm
                key={draft.template}
                parameters={taken}
                textOf={(name) => draft.parameters[name] ?? ""}
                onType={({ name }, text) => change({ parameters: { ...draft.parameters, [name]: text } })}
                errors={(name) => errors(`parameters.${name}`)}
              />
            </fieldset>
          )}
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
          <TextField label={t("schedules.field.deadlineMinutes")} note={t("schedules.note.deadline")} type="number" min={0} step="any" {...text("deadline")} />
          {before !== null && (
            <TextArea label={t("dialog.reasonOptional")} note={t("dialog.reasonNote")} value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </div>
        <footer className="border-t border-line bg-sunk px-4 py-3">
          <div className="mb-2 empty:hidden">
            <FieldErrors errors={others(refused, ["targets", ...taken.map(({ name }) => `parameters.${name}`)])} />
          </div>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{t("dialog.back")}</Button>
            <Button type="submit" look="primary" disabled={busy || isIncomplete}>
              {before === null ? t("schedules.create") : t("schedules.save")}
            </Button>
          </div>
        </footer>
      </form>
      {/* Its own form must not send this one. */}
      <LeaveWarning
        when={isDirty}
        leaves={(from, to) => !saved.current && (leavesPage(from, to) || formOf(from) !== formOf(to))}
        title={t("schedules.leave.title")}
        explain={t("schedules.leave.explain")}
      />
    </>
  );
}

const formOf = ({ search }: { search: string }) => new URLSearchParams(search).get("form");

/** The names to choose from, with the one that is chosen: it may be removed, or beyond what is listed. */
function named(names: readonly string[], chosen: string): readonly string[] {
  return chosen === "" || names.includes(chosen) ? names : [chosen, ...names];
}
