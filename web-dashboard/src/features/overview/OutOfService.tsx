import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { Away } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Nothing } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { Ulid } from "./Ulid";
import type { Overview } from "./overview.query";

/** Hosts that serve nobody because of a job, under the job that took them out. */
export function OutOfService({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const jobs = overview.keepingOut;
  return (
    <Panel title={t("overview.out")} {...(overview.hostsOutOfService > 0 ? { count: format.number(overview.hostsOutOfService) } : {})}>
      {jobs.length === 0 ? (
        <Nothing>{t("overview.nothingOut")}</Nothing>
      ) : (
        <ol className="mt-1 border-t border-line">
          {jobs.map(({ id, ulid, template, outOfServiceSince, counts }) => (
            <li key={id} className="relative flex items-baseline gap-3 border-b border-line px-4 py-1.5 hover:bg-hover">
              <span className={`min-w-8 text-right text-lg font-semibold ${counts.needingAPerson > 0 ? "tone-failed tone-text" : ""}`}>
                {format.number(counts.outOfService)}
              </span>
              <span className="min-w-0 flex-1">
                <Link to={links.job(ulid, { view: "hosts", only: "outOfService" })} className="block truncate font-medium after:absolute after:inset-0">
                  {template}
                </Link>
                <span className="block text-sm text-ink-3">
                  <Ulid of={ulid} /> · {counts.needingAPerson > 0 ? t("overview.outNeeding", { count: counts.needingAPerson, hosts: format.number(counts.needingAPerson) }) : t("overview.outInFlight")}
                </span>
              </span>
              {outOfServiceSince !== null && (
                <span className="text-right text-sm whitespace-nowrap text-ink-3">
                  <Away at={outOfServiceSince} />
                  <span className="block">{t("overview.longestOut")}</span>
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
