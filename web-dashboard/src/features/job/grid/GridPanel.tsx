import { useTranslation } from "react-i18next";
import { GroupMenu, Legend } from "../../../rollout/grid/GridTools";
import { HostGrid } from "../../../rollout/grid/HostGrid";
import { useGrouping, useIndexOf, useStepNames } from "../../../rollout/grid/useGrouping";
import { useNames, useOpen } from "../../../rollout/grid/useNames";
import { useKeys } from "../../../ui/keys";
import { Skeleton, Trouble } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import type { Job, Sealed } from "../job.query";
import { useHostAddress } from "../useHostAddress";
import { findTroubled } from "./troubled";
import { useGrid } from "./useGrid";
import { useLit } from "./useLit";

interface GridPanelProps {
  job: Job;
  sealed: Sealed;
  /** The error whose hosts stand out. */
  lit: string | null;
  onUnlight: () => void;
}

/** The grid with what belongs to it: how it is grouped, what the signs mean. */
export function GridPanel({ job, sealed, lit, onUnlight }: GridPanelProps) {
  const { t } = useTranslation();
  const [group, setGroup] = useAddress("group");
  const [host, setHost] = useHostAddress();
  const grid = useGrid(job);
  const nameOf = useNames(job.ulid);
  const grouping = useGrouping(job.ulid, job.batches, group);
  const steps = useStepNames(job.steps);
  const litHosts = useLit(job.ulid, lit, job.position);
  const chosen = useIndexOf(job.ulid, host);

  const open = useOpen(nameOf, setHost);
  const nextFailure = () => {
    if (grouping === null) return;
    const next = findTroubled(grid.feed.model, grouping, chosen === null ? -1 : grouping.placeOf(chosen));
    if (next !== null) open(next);
  };
  useKeys([
    { key: "f", label: t("keys.nextFailure"), run: nextFailure },
    { key: "Escape", label: t("keys.unlight"), run: onUnlight },
  ]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-1.5">
        <GroupMenu group={group} labels={sealed.plan.labels} onGroup={setGroup} />
        <Legend />
      </div>
      <Trouble error={grid.refused?.[0]?.message ?? null} title={t(grid.ready ? "state.notTold" : "state.refused")} beside={grid.ready} />
      <div className="relative h-[460px] lg:h-auto lg:min-h-0 lg:flex-1">
        {grid.refused === null && (!grid.ready || grouping === null) && <Skeleton label={t("state.loading")} lines={8} />}
        {grid.ready && grouping !== null && (
          <HostGrid
            feed={grid.feed}
            grouping={grouping}
            nameOf={nameOf}
            steps={steps}
            lit={litHosts}
            chosen={chosen}
            onChoose={open}
          />
        )}
      </div>
    </div>
  );
}
