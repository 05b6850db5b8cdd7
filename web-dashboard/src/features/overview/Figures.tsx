import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../useFormat";
import type { Overview } from "./overview.query";

/** The whole installation in one line of numbers, all of them the server's. */
export function Figures({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { hostsNeedingAPerson: needing, hostsOutOfService: out } = overview;
  const loud = needing > 0 ? "tone-failed tone-text" : "";
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-2 px-4 py-3 sm:flex sm:flex-wrap sm:gap-x-8">
      <Figure name={t("overview.jobsRunning")}>{format.number(overview.running)}</Figure>
      <Figure name={t("overview.jobsHeld")} look={overview.held > 0 ? "tone-deferred tone-text" : ""}>
        {format.number(overview.held)}
      </Figure>
      <Figure name={t("overview.hostsRunning")}>{format.number(overview.hostsRunning)}</Figure>
      <Figure name={t("overview.throughput")}>{format.rate(overview.throughput)}</Figure>
      <Figure name={t("overview.hostsOut")}>{format.number(out)}</Figure>
      <Figure name={t("overview.hostsNeeding")} look={loud}>
        {format.number(needing)}
      </Figure>
      <Figure name={t("overview.hosts")}>{format.number(overview.hosts)}</Figure>
    </dl>
  );
}

function Figure({ name, look = "", children }: { name: string; look?: string; children: ReactNode }) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className="eyebrow">{name}</dt>
      <dd className={`text-xl leading-6 font-semibold ${look}`}>{children}</dd>
    </div>
  );
}
