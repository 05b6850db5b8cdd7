import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { sharesOf } from "../../rollout/shares";
import { JobBadge } from "../../rollout/JobBadge";
import { Moment } from "../../ui/Moment";
import { StackedBar } from "../../ui/StackedBar";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import type { JobRow as Row } from "./jobs.query";

/** The columns of the list. On a narrow screen those that matter most: what it is, how it stands, how far it is. */
export const GRID =
  "grid grid-cols-[minmax(0,1.2fr)_minmax(0,1.1fr)_minmax(72px,0.8fr)] gap-x-3 px-4 md:grid-cols-[minmax(190px,1.4fr)_minmax(150px,1.2fr)_minmax(150px,1.4fr)_64px_88px_minmax(90px,0.7fr)_128px]";
const WIDE = "max-md:hidden";
export const WIDE_ONLY: readonly string[] = ["failed", "took", "by", "created"];

/** One job in a line: what it is, how it stands, how far it is, what failed, how long it took, who asked for it. */
export function JobRow({ row }: { row: Row }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  const { counts } = row;
  const said = row.hold === null ? outOfService() : words.hold(row.hold);
  return (
    <>
      <span role="cell" className="min-w-0">
        <Link to={links.job(row.ulid)} className="block truncate font-medium after:absolute after:inset-0">
          {row.template}
        </Link>
        <code className="block truncate font-mono text-xs text-ink-3">{row.ulid}</code>
      </span>
      <span role="cell" className="min-w-0 overflow-hidden">
        <JobBadge job={row} />
        {said !== null && (
          <span className="block truncate text-sm text-ink-2" title={said}>
            {said}
          </span>
        )}
      </span>
      <span role="cell" className="min-w-0">
        <StackedBar shares={sharesOf(counts)} className="h-2 gap-px rounded-sm" />
        <span className="mt-0.5 block text-sm tabular-nums">
          {format.number(counts.settled)} <span className="text-ink-3">/ {format.number(counts.hosts)}</span>
          {counts.failed > 0 && (
            <span className="tone-failed tone-text ml-2 font-semibold md:hidden">
              {format.number(counts.failed)} {t("figure.failed")}
            </span>
          )}
        </span>
      </span>
      <span role="cell" className={`${WIDE} text-right tabular-nums ${counts.failed > 0 ? "tone-failed tone-text font-semibold" : "text-ink-3"}`}>
        {format.number(counts.failed)}
      </span>
      <span role="cell" className={`${WIDE} text-right whitespace-nowrap tabular-nums text-ink-2`}>
        {row.took === null ? "–" : format.length(row.took)}
      </span>
      <span role="cell" className={`${WIDE} truncate text-ink-2`} title={row.requestedBy}>
        {row.requestedBy}
      </span>
      <span role="cell" className={`${WIDE} text-right whitespace-nowrap text-ink-2`}>
        <Moment at={row.createdAt} />
      </span>
    </>
  );

  /** What a job leaves behind that is not held. */
  function outOfService(): string | null {
    if (row.status === "RUNNING" || counts.outOfService === 0) return null;
    return t("jobs.outOfService", { count: counts.outOfService });
  }
}
