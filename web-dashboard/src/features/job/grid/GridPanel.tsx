import { ChevronDown } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { TONES } from "../../../ui/tone";
import { Button } from "../../../ui/Button";
import { useKeys } from "../../../ui/keys";
import { Mark } from "../../../ui/Mark";
import { Menu, MenuChoice } from "../../../ui/Menu";
import { Skeleton, State } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import type { Job, Sealed } from "../job.query";
import { IndexQuery, LabelQuery } from "./grid.query";
import { byBatch, byLabel, type Grouping } from "./grouping";
import { HostGrid } from "./HostGrid";
import { findTroubled } from "./troubled";
import { useGrid } from "./useGrid";
import { useLit } from "./useLit";
import { type NameOf, useNames } from "./useNames";
import { useHostAddress } from "../useHostAddress";

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
  const grid = useGrid(job.ulid);
  const nameOf = useNames(job.ulid);
  const grouping = useGrouping(job, group);
  const steps = useStepNames(job);
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
      <div className="relative h-[460px] lg:h-auto lg:min-h-0 lg:flex-1">
        {grid.refused !== null && <State tone="failed" title={t("state.refused")}>{grid.refused[0]?.message}</State>}
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

/** Opens a host by its index: at once, or as soon as its name is read. */
function useOpen(nameOf: NameOf, setHost: (host: string) => void): (index: number) => void {
  const [wanted, setWanted] = useState<number | null>(null);
  const name = wanted === null ? undefined : nameOf(wanted);
  useEffect(() => {
    if (name === undefined) return;
    setWanted(null);
    setHost(name);
  }, [name, setHost]);
  return setWanted;
}

/** The steps' names. They never change, and must be the same list however often the job moves: the grid draws anew for others. */
function useStepNames(job: Job): readonly { step: string }[] {
  const names = JSON.stringify(job.steps.map(({ step }) => ({ step })));
  return useMemo(() => JSON.parse(names) as { step: string }[], [names]);
}

function useGrouping(job: Job, label: string): Grouping | null {
  const { t } = useTranslation();
  const [cells] = useQuery({ query: LabelQuery, variables: { job: job.ulid, label }, pause: label === "" });
  // Batches of the plan never change; the shape keeps the grouping the same while the job moves.
  const shape = JSON.stringify(job.batches.map(({ first, size, number }) => ({ first, size, number })));
  const batches = useMemo(() => {
    const planned = JSON.parse(shape) as { first: number | null; size: number; number: number }[];
    return byBatch(planned.map(({ first, size, number }) => ({ first, size, label: String(number) })));
  }, [shape]);
  const packed = cells.data?.job?.plan.labelCells;
  const labels = useMemo(
    () => (packed === undefined ? null : byLabel(packed.values, packed.cells, t("grid.noLabel"))),
    [packed, t],
  );
  return label === "" ? batches : labels;
}

/** A host's index in the plan, by its name. */
function useIndexOf(job: string, host: string): number | null {
  const [found] = useQuery({ query: IndexQuery, variables: { job, host }, pause: host === "" });
  return host === "" ? null : (found.data?.job?.hostRun?.index ?? null);
}

function GroupMenu({ group, labels, onGroup }: { group: string; labels: readonly string[]; onGroup: (label: string) => void }) {
  const { t } = useTranslation();
  const shown = group !== "" && !labels.includes(group) ? [...labels, group] : labels;
  const trigger = (
    <Button look="quiet" className="-ml-2 h-6 px-2 text-sm">
      {t("grid.groupedBy", { label: group === "" ? t("grid.batch") : group })}
      <ChevronDown size={12} aria-hidden="true" />
    </Button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <MenuChoice chosen={group === ""} onSelect={() => onGroup("")}>
        {t("grid.batch")}
      </MenuChoice>
      {shown.map((label) => (
        <MenuChoice key={label} chosen={label === group} onSelect={() => onGroup(label)}>
          {label}
        </MenuChoice>
      ))}
    </Menu>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-ink-2" aria-label={t("grid.legend")}>
      {TONES.map((tone) => (
        <li key={tone} className="inline-flex items-center gap-1">
          <Mark tone={tone} size={9} />
          {t(`tone.${tone}`)}
        </li>
      ))}
      <li className="inline-flex items-center gap-1">
        <svg viewBox="0 0 16 16" width="9" height="9" aria-hidden="true">
          <path d="M1 1h14v14H1z" fill="var(--waiting)" />
          <path d="M7 1h8v8z" fill="var(--ink)" />
        </svg>
        {t("host.outOfService")}
      </li>
    </ul>
  );
}
