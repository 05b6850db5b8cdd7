import { useTranslation } from "react-i18next";
import { useFormat } from "../../useFormat";
import type { Plan } from "./newJob.query";

/** With more batches than this a bar has no room for its number. */
const MOST_NUMBERED = 24;

/** The batches to scale: equal widths are equal numbers of hosts. A gap after a batch is a bake, a double line an approval. */
export function PlanRail({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { batches } = plan;
  const numbered = batches.length <= MOST_NUMBERED;
  const label = t("newJob.rail", { batches: batches.map(({ size }) => format.number(size)).join(", ") });
  return (
    <div role="img" aria-label={label} className="mt-3 flex items-end gap-[2px] overflow-hidden">
      {batches.map(({ number, size, stage }) => (
        <span
          key={number}
          className={`${numbered ? "min-w-5" : "min-w-[2px]"} ${stage?.approve === true ? "mr-1.5 border-r-2 border-ink-3 pr-1" : ""} ${(stage?.bake ?? 0) > 0 ? "mr-1.5" : ""}`}
          style={{ flex: `${size} 1 0` }}
        >
          <span className={`block h-8 rounded-sm tone-fill ${number === 1 ? "tone-running" : "tone-away"}`} />
          {numbered && <span className="mt-0.5 block text-xs text-ink-3">{number}</span>}
        </span>
      ))}
    </div>
  );
}
