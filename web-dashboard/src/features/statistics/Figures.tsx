import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../useFormat";
import type { Statistics } from "./statistics.query";

/** The whole range in one line of numbers. */
export function Figures({ statistics: { jobs, hosts } }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-2 px-4 py-3 sm:flex sm:flex-wrap sm:gap-x-8">
      <Figure name={t("statistics.success")}>{hosts.successShare === null ? "–" : format.share(hosts.successShare)}</Figure>
      <Figure name={t("statistics.jobsEnded")}>{format.number(jobs.ended)}</Figure>
      <Figure name={t("statistics.hostRuns")}>{format.number(hosts.ended)}</Figure>
      <Figure name={t("statistics.hostTime")}>{length(hosts.timeP50)}</Figure>
      <Figure name={t("statistics.jobLength")}>{length(jobs.lengthP50)}</Figure>
      <Figure name={t("statistics.throughput")}>{jobs.hostsPerMinute === null ? "–" : format.rate(jobs.hostsPerMinute)}</Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className="eyebrow">{name}</dt>
      <dd className="text-xl leading-6 font-semibold">{children}</dd>
    </div>
  );
}
