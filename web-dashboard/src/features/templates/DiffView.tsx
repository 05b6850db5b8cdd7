import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type DiffRow, difference } from "./diff";

const SIGN = { same: " ", added: "+", removed: "−" } as const;
const ROW = { same: "", added: "tone-done diff-row", removed: "tone-failed diff-row" } as const;

/** Two texts as one, with a sign before every line that only one of them has. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation();
  const { rows, added, removed } = useMemo(() => difference(before, after), [before, after]);
  if (added === 0 && removed === 0) return <p className="text-ink-3">{t("versions.same")}</p>;
  return (
    <section aria-label={label}>
      <p className="mb-1 text-sm tabular-nums text-ink-2">
        {t("versions.added", { count: added })} · {t("versions.removed", { count: removed })}
      </p>
      <div className="overflow-x-auto rounded-md border border-line bg-sunk py-1" tabIndex={0} role="group" aria-label={label}>
        <table className="w-full border-collapse font-mono text-sm">
          <tbody>
            {rows.map((row, at) => (
              <Line key={at} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Line({ row }: { row: DiffRow }) {
  const { t } = useTranslation();
  if (row.kind === "folded") {
    return (
      <tr>
        <td colSpan={4} className="px-3 py-0.5 font-sans text-xs text-ink-3">
          {t("versions.folded", { count: row.lines })}
        </td>
      </tr>
    );
  }
  return (
    <tr className={ROW[row.kind]}>
      <td className="w-10 pr-2 text-right text-ink-2 select-none">{row.before}</td>
      <td className="w-10 pr-2 text-right text-ink-2 select-none">{row.after}</td>
      <td className="tone-text w-4 pr-2 select-none">
        <span aria-hidden="true">{SIGN[row.kind]}</span>
        {row.kind !== "same" && <span className="sr-only">{t(`versions.line.${row.kind}`)}</span>}
      </td>
      <td className="pr-3 whitespace-pre">{row.text === "" ? " " : row.text}</td>
    </tr>
  );
}
