import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { makeFeed } from "../../rollout/grid/feed";
import { GroupMenu, Legend } from "../../rollout/grid/GridTools";
import { HostGrid } from "../../rollout/grid/HostGrid";
import { useGrouping, useIndexOf, useStepNames } from "../../rollout/grid/useGrouping";
import { useNames, useOpen } from "../../rollout/grid/useNames";
import { Nothing, Skeleton } from "../../ui/State";
import { useAddress } from "../../useAddress";
import type { Moment, Replayed } from "./replay.query";

/** Every host as it was. The picture stays where it is while the time moves. */
export function PastGrid({ job, moment, host, onHost }: {
  job: Replayed;
  moment: Moment;
  host: string;
  onHost: (host: string) => void;
}) {
  const { t } = useTranslation();
  const [group, setGroup] = useAddress("group");
  const { feed, tell } = useMemo(() => makeFeed(), []);
  const nameOf = useNames(job.ulid);
  const grouping = useGrouping(job.ulid, moment.batches.filter(({ first }) => first !== null), group);
  const steps = useStepNames(job.definition.workflow);
  const chosen = useIndexOf(job.ulid, host);
  const open = useOpen(nameOf, onHost);
  const { grid } = moment;
  useEffect(() => {
    if (grid !== null) tell(feed.model.take(grid));
  }, [grid, feed, tell]);
  return (
    <div className="flex min-h-0 min-w-0 flex-col">
      <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-1.5">
        <GroupMenu group={group} labels={job.plan.labels} onGroup={setGroup} />
        <Legend />
      </div>
      <div className="relative h-[460px] lg:h-auto lg:min-h-0 lg:flex-1">
        {grid === null && <Nothing>{t("replay.noPlan")}</Nothing>}
        {grid !== null && grouping === null && <Skeleton label={t("state.loading")} lines={8} />}
        {grid !== null && grouping !== null && (
          <HostGrid feed={feed} grouping={grouping} nameOf={nameOf} steps={steps} lit={null} chosen={chosen} onChoose={open} />
        )}
      </div>
    </div>
  );
}
