import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Figure } from "../ui/Figure";
import { useFormat } from "../useFormat";
import type { Counts } from "./counts.query";

/** The figures of a job: how many of its hosts are where. What else there is to count comes after them. */
export function CountFigures({ counts, children }: { counts: Counts; children?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  // Hosts in flight are out of service for a while; only those that stay so need a person.
  const alarming = (value: number) => (value > 0 ? "tone-failed tone-text" : "");
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 px-4 pt-2 pb-3">
      <Figure name={t("figure.settled")}>
        {format.number(counts.settled)}
        <span className="font-normal text-ink-3"> / {format.number(counts.hosts)}</span>
      </Figure>
      <Figure name={t("figure.succeeded")}>{format.number(counts.succeeded)}</Figure>
      <Figure name={t("figure.failed")} look={alarming(counts.failed)}>
        {format.number(counts.failed)}
        <OfThem counts={counts} />
      </Figure>
      {/* What no gate counts as failed, and did not succeed either: with these the figures make up the settled hosts. */}
      <Some name={t("figure.unreachable")} look="tone-unreachable tone-text" hosts={counts.byOutcome.unreachable} />
      <Some name={t("figure.cancelled")} hosts={counts.byOutcome.cancelled} />
      <Some name={t("figure.inDoubt")} look="tone-doubt tone-text" hosts={counts.byStatus.inDoubt} />
      <Figure name={t("figure.running")}>{format.number(counts.byStatus.running)}</Figure>
      <Figure name={t("figure.waiting")}>{format.number(counts.byStatus.waiting)}</Figure>
      <Some name={t("figure.deferred")} look="tone-deferred tone-text" hosts={counts.byStatus.deferred} />
      <Figure name={t("figure.outOfService")} look={counts.needingAPerson > 0 ? alarming(counts.outOfService) : ""}>
        {format.number(counts.outOfService)}
      </Figure>
      <Figure name={t("figure.needingAPerson")} look={alarming(counts.needingAPerson)}>
        {format.number(counts.needingAPerson)}
      </Figure>
      {children}
    </dl>
  );
}

/** A figure that is there only when there is something to count. */
function Some({ name, look = "", hosts }: { name: string; look?: string; hosts: number }) {
  const format = useFormat();
  if (hosts === 0) return null;
  return (
    <Figure name={name} look={look}>
      {format.number(hosts)}
    </Figure>
  );
}

/** Which of the failed hosts did not merely fail. */
function OfThem({ counts: { byOutcome } }: { counts: Counts }) {
  const { t } = useTranslation();
  const format = useFormat();
  const said = [
    byOutcome.lost > 0 && t("figure.lostOfThem", { hosts: format.number(byOutcome.lost) }),
    byOutcome.inDoubt > 0 && t("figure.takenOverOfThem", { hosts: format.number(byOutcome.inDoubt) }),
  ].filter((part) => part !== false);
  return said.length > 0 && <span className="ml-1.5 text-base font-normal text-ink-2">{said.join(" · ")}</span>;
}
