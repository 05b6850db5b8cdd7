import { Repeat2, ShieldCheck, Timer, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { StackedBar } from "../ui/StackedBar";
import { useFormat } from "../useFormat";
import { type Lane, stepLanes } from "./stepLanes";
import { type StepCounts, sharesOfStep } from "./stepShares";
import type { Workflow, WorkflowStep } from "./workflow.query";

/** What a step of a job does now. */
export interface LiveStep extends StepCounts {
  p50: number | null;
  p95: number | null;
}

/**
 * The way of one host, from top to bottom: the steps, the stretch in which it serves nobody, what is taken back when a
 * step fails, and what runs even then. Seen from a job, every step shows its hosts.
 */
export function WorkflowGraph({ workflow, chosen, onChoose, live }: {
  workflow: Workflow;
  /** The step that is looked at. */
  chosen: string;
  onChoose: (step: string) => void;
  /** The same steps as they go, in order; without them the graph is only a drawing. */
  live?: readonly LiveStep[];
}) {
  const { t } = useTranslation();
  const lanes = stepLanes(workflow.workflow);
  const takesBack = workflow.workflow.some(({ undo }) => undo !== null);
  return (
    <div className="px-4 py-3">
      <ol aria-label={t("workflow.steps")}>
        {workflow.workflow.map((step, at) => (
          <li key={step.step} className="flex items-stretch">
            <Gutter lane={lanes[at]?.out ?? "none"} first={at === 0} last={at === workflow.workflow.length - 1} always={step.always} />
            <StepBox step={step} chosen={step.step === chosen} onChoose={onChoose} live={live?.[at]} />
            {takesBack && <UndoCell lane={lanes[at]?.undo ?? "none"} undo={step.undo} used={workflow.onFailure === "UNDO"} />}
          </li>
        ))}
      </ol>
      <p className="mt-2 ml-10 max-w-130 text-sm text-ink-2">{t(`workflow.onFailure.${workflow.onFailure ?? "USUAL"}`)}</p>
    </div>
  );
}

const BAND: Record<Lane, string> = {
  none: "hidden",
  begins: "top-1/2 bottom-0 rounded-t-sm",
  goes: "inset-y-0",
  ends: "top-0 bottom-1/2 rounded-b-sm",
  alone: "top-1/3 bottom-1/3 rounded-sm",
};

/** The line the host goes along, the step's knot on it, and the band in which it serves nobody. */
function Gutter({ lane, first, last, always }: { lane: Lane; first: boolean; last: boolean; always: boolean }) {
  return (
    <span className="relative w-10 shrink-0" aria-hidden="true">
      <span className={`tone-deferred tone-fill absolute left-1 w-1.5 ${BAND[lane]}`} />
      <span className={`absolute left-[23px] w-px bg-line-strong ${first ? "top-1/2" : "top-0"} ${last ? "bottom-1/2" : "bottom-0"}`} />
      <svg viewBox="0 0 16 16" width={16} height={16} className="absolute top-1/2 left-[15.5px] -mt-2">
        {/* What runs even after a failure has a knot with corners. */}
        {always ? (
          <path d="M8 1 15 8 8 15 1 8z" fill="var(--paper)" stroke="var(--ink-2)" strokeWidth={1.5} />
        ) : (
          <circle cx={8} cy={8} r={5} fill="var(--paper)" stroke="var(--ink-2)" strokeWidth={1.5} />
        )}
      </svg>
    </span>
  );
}

function StepBox({ step, chosen, onChoose, live }: {
  step: WorkflowStep;
  chosen: boolean;
  onChoose: (step: string) => void;
  live: LiveStep | undefined;
}) {
  return (
    <div className="min-w-0 max-w-150 flex-1 py-1">
      <button
        type="button"
        aria-pressed={chosen}
        onClick={() => onChoose(chosen ? "" : step.step)}
        className="block w-full rounded-md border border-line bg-raised px-3 py-1.5 text-left hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-soft"
      >
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{step.step}</span>
          <span className="min-w-0 truncate font-mono text-sm text-ink-2">{step.action}</span>
        </span>
        <Conditions step={step} />
        <Signs step={step} />
        {live !== undefined && <Live step={live} />}
      </button>
    </div>
  );
}

function Conditions({ step }: { step: WorkflowStep }) {
  const { t } = useTranslation();
  const rows = [
    { label: t("workflow.when"), text: step.when },
    { label: t("workflow.doneIf"), text: step.doneIf },
  ].filter(({ text }) => text !== null);
  return rows.map(({ label, text }) => (
    <span key={label} className="mt-0.5 flex min-w-0 items-baseline gap-2 text-sm text-ink-2">
      <span className="shrink-0">{label}</span>
      <code className="min-w-0 font-mono break-words">{text}</code>
    </span>
  ));
}

/** What is unusual about a step, in a word each. */
function Signs({ step }: { step: WorkflowStep }) {
  const { t } = useTranslation();
  const format = useFormat();
  const signs: (ReactNode | false)[] = [
    step.takesOutOfService && <Sign key="out" tone="deferred" text={t("workflow.leaves")} />,
    step.returnsToService && <Sign key="back" tone="done" text={t("workflow.returns")} />,
    step.attempts > 1 && <Sign key="retry" icon={<Repeat2 size={12} />} text={t("workflow.attempts", { count: step.attempts })} />,
    step.timeout !== null && <Sign key="timeout" icon={<Timer size={12} />} text={t("workflow.timeout", { time: format.length(step.timeout) })} />,
    step.verifies && <Sign key="verifies" icon={<ShieldCheck size={12} />} text={t("workflow.verifies")} />,
    step.always && <Sign key="always" text={t("workflow.always")} />,
    !step.safePoint && <Sign key="safe" text={t("workflow.noSafePoint")} />,
    // Beside the step there is room for it on a wide screen only.
    step.undo !== null && (
      <span key="undo" className="inline-flex min-w-0 items-center gap-1 sm:hidden">
        <Undo2 size={12} aria-hidden="true" className="shrink-0" />
        <span className="sr-only">{t("workflow.undo")}</span>
        <span className="min-w-0 font-mono break-words">{step.undo}</span>
      </span>
    ),
  ];
  const shown = signs.filter((sign) => sign !== false);
  return shown.length === 0 ? null : <span className="mt-0.5 flex flex-wrap gap-x-3 text-sm text-ink-2">{shown}</span>;
}

function Sign({ text, icon, tone }: { text: string; icon?: ReactNode; tone?: "deferred" | "done" }) {
  return (
    <span className={`inline-flex items-center gap-1 ${tone === undefined ? "" : `tone-${tone} tone-text font-medium`}`}>
      {icon !== undefined && <span aria-hidden="true">{icon}</span>}
      {text}
    </span>
  );
}

/** The step's hosts now: a bar, and the same in figures. */
function Live({ step }: { step: LiveStep }) {
  const { t } = useTranslation();
  const format = useFormat();
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  const figure = (key: "waiting" | "running" | "succeeded" | "failed" | "skipped", tone: string) =>
    step[key] > 0 && (
      <span key={key} className={tone}>
        {t(`workflow.live.${key}`, { count: step[key], hosts: format.number(step[key]) })}
      </span>
    );
  return (
    <span className="mt-1.5 block">
      <StackedBar shares={sharesOfStep(step)} className="h-1.5 rounded-sm" />
      <span className="mt-1 flex flex-wrap gap-x-3 text-sm tabular-nums text-ink-2">
        {figure("running", "tone-running tone-text font-semibold")}
        {figure("failed", "tone-failed tone-text font-semibold")}
        {figure("succeeded", "")}
        {figure("skipped", "")}
        {figure("waiting", "")}
        <span className="ml-auto whitespace-nowrap">
          p50 {length(step.p50)} · p95 {length(step.p95)}
        </span>
      </span>
    </span>
  );
}

const BACK: Record<Lane, string> = { none: "hidden", begins: "top-1/2 bottom-0", goes: "inset-y-0", ends: "top-0 bottom-1/2", alone: "hidden" };

/** The way back: a broken line from the last step up to the first that can be taken back, and the action that does it. */
function UndoCell({ lane, undo, used }: { lane: Lane; undo: string | null; used: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="relative w-7 shrink-0 sm:w-56">
      <span aria-hidden="true" className={`absolute left-4 border-l border-dashed ${used ? "border-ink-2" : "border-line-strong"} ${BACK[lane]}`} />
      {undo !== null && (
        <span className="absolute inset-y-0 right-0 left-0 flex items-center">
          <span aria-hidden="true" className={`w-7 shrink-0 border-t border-dashed ${used ? "border-ink-2" : "border-line-strong"}`} />
          <span className="hidden min-w-0 items-center gap-1 rounded-sm border border-dashed border-line-strong bg-paper px-1.5 py-0.5 text-sm text-ink-2 sm:flex">
            <Undo2 size={12} aria-hidden="true" className="shrink-0" />
            <span className="sr-only">{t("workflow.undo")}</span>
            <span className="truncate font-mono" title={undo}>
              {undo}
            </span>
          </span>
        </span>
      )}
    </span>
  );
}
