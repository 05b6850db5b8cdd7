import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../../links";
import { Mark } from "../../../ui/Mark";
import { StackedBar } from "../../../ui/StackedBar";
import { useAddress } from "../../../useAddress";
import { useFormat } from "../../../useFormat";
import type { Compliance, Reason } from "./compliance.query";
import { sieveText, toneOf } from "./reason";
import { useReasonWords } from "./useReasonWords";

/** How many are done, large, and why the others are not. A reason is chosen to see its hosts only. */
export function Reasons({ compliance, template }: { compliance: Compliance; template: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { hosts, done, doneShare, reasons } = compliance;
  const shares = [
    { key: "done", tone: "done" as const, amount: done },
    ...reasons.map(({ reason, outcome, count }) => ({ key: sieveText({ reason, outcome }), tone: toneOf(reason, outcome), amount: count })),
  ];
  return (
    <section aria-label={t("compliance.summary")} className="shrink-0 border-line px-4 py-3 lg:w-90 lg:overflow-y-auto lg:border-r">
      <p className="text-3xl leading-9 font-semibold tracking-tight">{doneShare === null ? "–" : format.share(doneShare)}</p>
      <p className="text-ink-2">{t("compliance.done", { count: hosts, done: format.number(done), hosts: format.number(hosts) })}</p>
      <StackedBar className="mt-3 h-2.5 gap-px rounded-sm" shares={shares} />
      {reasons.length > 0 && (
        <ul className="mt-3">
          {reasons.map((reason) => (
            <Line key={`${reason.reason}${reason.outcome ?? ""}`} reason={reason} template={template} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ reason: { reason, outcome, count, hosts, targets }, template }: { reason: Reason; template: string }) {
  const format = useFormat();
  const words = useReasonWords();
  const [chosen, choose] = useAddress("reason");
  const mine = sieveText({ reason, outcome });
  const isOpen = reason === "RUNNING" || reason === "WAITING";
  return (
    <li className="border-b border-line py-1.5">
      <button
        type="button"
        aria-pressed={chosen === mine}
        onClick={() => choose(chosen === mine ? "" : mine)}
        className="group flex w-full items-center gap-2 rounded-sm text-left hover:bg-hover aria-pressed:bg-hover"
      >
        <Mark tone={toneOf(reason, outcome)} />
        <span className="font-medium">{words(reason, outcome)}</span>
        <span className="ml-auto tabular-nums">{format.number(count)}</span>
      </button>
      <div className="flex items-baseline gap-2 pl-[18px] text-sm">
        <code className="min-w-0 truncate font-mono text-xs text-ink-3" title={hosts.join(", ")}>
          {hosts.join(", ")}
        </code>
        {!isOpen && <NewJob template={template} targets={targets} />}
      </div>
    </li>
  );
}

function NewJob({ template, targets }: { template: string; targets: string | null }) {
  const { t } = useTranslation();
  if (targets === null) return <span className="ml-auto shrink-0 text-ink-3">{t("compliance.tooScattered")}</span>;
  return (
    <Link to={links.newJob({ template, targets })} className="ml-auto shrink-0 text-accent hover:underline">
      {t("compliance.newJob")}
    </Link>
  );
}
