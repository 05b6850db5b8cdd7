import { useTranslation } from "react-i18next";
import { Panel } from "../../../ui/Panel";
import { StackedBar } from "../../../ui/StackedBar";
import { useFormat, useNow } from "../../../useFormat";
import type { JobStep } from "../job.query";
import { sharesOfStep } from "../../../rollout/stepShares";

/** How many hosts are at each step, how long it takes, and who takes longest. */
export function StepFunnel({ steps, moving, onHost }: {
  steps: readonly JobStep[];
  /** Whether hosts are in flight. Then every step keeps room for its slowest host, so that nothing jumps. */
  moving: boolean;
  onHost: (host: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <Panel title={t("steps.title")} className="border-t border-line pb-3 max-lg:order-3">
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="eyebrow text-right">
            <th scope="col" className="pl-4 text-left font-medium">
              {t("steps.step")}
            </th>
            <th scope="col" className="px-1 font-medium">{t("steps.waiting")}</th>
            <th scope="col" className="px-1 font-medium">{t("steps.running")}</th>
            <th scope="col" className="px-1 font-medium">{t("steps.succeeded")}</th>
            <th scope="col" className="px-1 font-medium">{t("steps.failed")}</th>
            <th scope="col" className="px-1 font-medium">p50</th>
            <th scope="col" className="pr-4 pl-1 font-medium">p95</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <StepRow key={step.index} step={step} moving={moving} onHost={onHost} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function StepRow({ step, moving, onHost }: { step: JobStep; moving: boolean; onHost: (host: string) => void }) {
  const format = useFormat();
  const quiet = (value: number) => (value === 0 ? "text-ink-3" : "");
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  return (
    <>
      <tr className="text-right">
        <th scope="row" className="pt-1.5 pl-4 text-left font-medium normal-nums" title={step.action}>
          {step.step}
        </th>
        <td className={`px-1 pt-1.5 ${quiet(step.waiting)}`}>{format.number(step.waiting)}</td>
        <td className={`px-1 pt-1.5 ${step.running > 0 ? "tone-running tone-text font-semibold" : "text-ink-3"}`}>
          {format.number(step.running)}
        </td>
        <td className={`px-1 pt-1.5 ${quiet(step.succeeded)}`}>{format.number(step.succeeded)}</td>
        <td className={`px-1 pt-1.5 ${step.failed > 0 ? "tone-failed tone-text font-semibold" : "text-ink-3"}`}>
          {format.number(step.failed)}
        </td>
        <td className="px-1 pt-1.5 whitespace-nowrap text-ink-2">{length(step.p50)}</td>
        <td className="pt-1.5 pr-4 pl-1 whitespace-nowrap text-ink-2">{length(step.p95)}</td>
      </tr>
      <tr>
        <td colSpan={7} className="px-4 pt-1">
          <StackedBar shares={sharesOfStep(step)} className="h-1 rounded-sm" />
          {moving && <div className="h-4">{step.slowest !== null && <Slowest slowest={step.slowest} onHost={onHost} />}</div>}
        </td>
      </tr>
    </>
  );
}

function Slowest({ slowest, onHost }: { slowest: NonNullable<JobStep["slowest"]>; onHost: (host: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const since = Math.max(0, now - new Date(slowest.since).getTime());
  return (
    <button type="button" className="block text-xs text-ink-3 hover:text-ink" onClick={() => onHost(slowest.host)}>
      {t("steps.slowest", { host: slowest.host, time: format.length(since) })}
    </button>
  );
}
