import { useTranslation } from "react-i18next";
import { Figure } from "../../ui/Figure";
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
      <Figure size="middle" name={t("overview.jobsRunning")}>{format.number(overview.running)}</Figure>
      <Figure size="middle" name={t("overview.jobsHeld")} look={overview.held > 0 ? "tone-deferred tone-text" : ""}>
        {format.number(overview.held)}
      </Figure>
      <Figure size="middle" name={t("overview.hostsRunning")}>{format.number(overview.hostsRunning)}</Figure>
      <Figure size="middle" name={t("overview.throughput")}>{format.rate(overview.throughput)}</Figure>
      <Figure size="middle" name={t("overview.hostsOut")}>{format.number(out)}</Figure>
      <Figure size="middle" name={t("overview.hostsNeeding")} look={loud}>
        {format.number(needing)}
      </Figure>
      <Figure size="middle" name={t("overview.hosts")}>{format.number(overview.hosts)}</Figure>
    </dl>
  );
}
