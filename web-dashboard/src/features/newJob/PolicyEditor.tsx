import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ErrorsAt } from "../../api/errors";
import { Button, IconButton } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { FieldErrors } from "../../ui/FieldErrors";
import { NEW_STAGE, type TypedPolicy, type TypedStage, unreadable } from "./policy";

interface PolicyEditorProps {
  policy: TypedPolicy;
  errors: ErrorsAt;
  onChange: (policy: TypedPolicy) => void;
}

/** On a narrow screen the approval stands below. */
const GRID = "grid-cols-[16px_minmax(0,1fr)_minmax(0,1fr)_72px] gap-x-2 gap-y-1 sm:grid-cols-[16px_96px_80px_minmax(0,1fr)_72px]";
const CELL = "h-7 w-full rounded-md border border-line-strong bg-paper px-1.5 aria-invalid:border-failed";

/** A policy of the job's own: a line a stage, and where it stops. */
export function PolicyEditor({ policy, errors, onChange }: PolicyEditorProps) {
  const { t } = useTranslation();
  const { stages } = policy;
  const wrong = unreadable(policy);
  const errorsOf: ErrorsAt = (path) => (wrong.includes(path) ? [{ message: t("newJob.unreadable"), hint: "" }] : errors(path));
  const put = (stages: readonly TypedStage[]) => onChange({ ...policy, stages });
  return (
    <div className="space-y-3">
      <div>
        <div className={`${GRID} eyebrow hidden sm:grid`} aria-hidden="true">
          <span />
          <span>{t("newJob.stage.size")}</span>
          <span>{t("newJob.stage.bake")}</span>
          <span>{t("newJob.stage.approval")}</span>
        </div>
        <ol className="space-y-1.5" aria-label={t("newJob.stage.all")}>
          {stages.map((stage, place) => (
            <StageLine
              key={place}
              stage={stage}
              place={place}
              last={place === stages.length - 1}
              errors={errorsOf}
              onChange={(changed) => put(stages.with(place, changed))}
              onRemove={() => put(stages.toSpliced(place, 1))}
              onMove={(by) => put(stages.toSpliced(place, 1).toSpliced(place + by, 0, stage))}
            />
          ))}
        </ol>
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => put([...stages, NEW_STAGE])}>
          <Plus size={13} aria-hidden="true" /> {t("newJob.stage.add")}
        </Button>
        <span className="text-sm text-ink-3">{t("newJob.stage.lastRepeats")}</span>
      </div>
      <FieldErrors errors={errorsOf("policy.batches")} />
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        <div>
          <TextField
            label={t("newJob.concurrency")}
            note={t("newJob.concurrencyNote")}
            inputMode="numeric"
            value={policy.concurrency}
            onChange={(event) => onChange({ ...policy, concurrency: event.target.value })}
          />
          <FieldErrors errors={errorsOf("policy.concurrency")} />
        </div>
        <div>
          <TextField
            label={t("newJob.cap")}
            note={t("newJob.capNote")}
            inputMode="numeric"
            value={policy.cap}
            onChange={(event) => onChange({ ...policy, cap: event.target.value })}
          />
          <FieldErrors errors={errorsOf("policy.gates.totalCap")} />
        </div>
      </div>
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-1 accent-accent"
          checked={policy.bigBatch}
          onChange={(event) => onChange({ ...policy, bigBatch: event.target.checked })}
        />
        {t("newJob.bigBatch")}
      </label>
      <FieldErrors errors={errorsOf("policy.allowBigBatch")} />
    </div>
  );
}

interface StageLineProps {
  stage: TypedStage;
  place: number;
  last: boolean;
  errors: ErrorsAt;
  onChange: (stage: TypedStage) => void;
  onRemove: () => void;
  onMove: (by: -1 | 1) => void;
}

function StageLine({ stage, place, last, errors, onChange, onRemove, onMove }: StageLineProps) {
  const { t } = useTranslation();
  const number = place + 1;
  const errorsOf = (field: string) => errors(`policy.batches.${place}.${field}`);
  const cell = (field: "size" | "bake" | "by" | "expires", path: string, placeholder: string) => (
    <input
      aria-label={t(`newJob.stage.${field}Of`, { number })}
      aria-invalid={errorsOf(path).length > 0}
      value={stage[field]}
      placeholder={placeholder}
      spellCheck={false}
      autoComplete="off"
      className={CELL}
      onChange={(event) => onChange({ ...stage, [field]: event.target.value })}
    />
  );
  const box = (field: "approve" | "notRequester", label: string) => (
    <label className="flex shrink-0 items-center gap-1.5 whitespace-nowrap">
      <input
        type="checkbox"
        className="accent-accent"
        checked={stage[field]}
        onChange={(event) => onChange({ ...stage, [field]: event.target.checked })}
      />
      {label}
    </label>
  );
  const said = ["size", "repeat", "bake", "approvedBy", "approvalExpires"].flatMap(errorsOf);
  return (
    <li>
      <div className={`${GRID} grid items-start`}>
        <span className="pt-1 text-ink-3">{number}</span>
        {cell("size", "size", "10%")}
        {cell("bake", "bake", "30m")}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-1 max-sm:col-span-3 max-sm:col-start-2">
          {box("approve", t("newJob.stage.approve"))}
          {stage.approve && (
            <>
              {box("notRequester", t("newJob.stage.notRequester"))}
              <span className="flex w-full gap-1">
                {cell("by", "approvedBy", t("newJob.stage.anybody"))}
                {cell("expires", "approvalExpires", t("newJob.stage.forEver"))}
              </span>
            </>
          )}
        </div>
        <div className="flex justify-end max-sm:col-start-4 max-sm:row-start-1">
          <IconButton label={t("newJob.stage.up", { number })} className="w-6" disabled={place === 0} onClick={() => onMove(-1)}>
            <ArrowUp size={13} aria-hidden="true" />
          </IconButton>
          <IconButton label={t("newJob.stage.down", { number })} className="w-6" disabled={last} onClick={() => onMove(1)}>
            <ArrowDown size={13} aria-hidden="true" />
          </IconButton>
          <IconButton label={t("newJob.stage.remove", { number })} className="w-6" disabled={place === 0 && last} onClick={onRemove}>
            <X size={13} aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      <div className="pl-6">
        <FieldErrors errors={said} />
      </div>
    </li>
  );
}
