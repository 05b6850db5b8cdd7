import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { IndexQuery, LabelQuery } from "./grid.query";
import { byBatch, byLabel, type Grouping } from "./grouping";

/** A batch as far as the grid knows it. */
interface Planned {
  number: number;
  first: number | null;
  size: number;
}

/** The steps' names. They never change, and must be the same list however often the job moves: the grid draws anew for others. */
export function useStepNames(steps: readonly { step: string }[]): readonly { step: string }[] {
  const names = JSON.stringify(steps.map(({ step }) => ({ step })));
  return useMemo(() => JSON.parse(names) as { step: string }[], [names]);
}

/** The hosts by batch, or by a label; `null` until the label's values are read. */
export function useGrouping(job: string, batches: readonly Planned[], label: string): Grouping | null {
  const { t } = useTranslation();
  const [cells] = useQuery({ query: LabelQuery, variables: { job, label }, pause: label === "" });
  // Batches of the plan never change; the shape keeps the grouping the same while the job moves.
  const shape = JSON.stringify(batches.map(({ first, size, number }) => ({ first, size, number })));
  const inBatches = useMemo(() => {
    const planned = JSON.parse(shape) as Planned[];
    return byBatch(planned.map(({ first, size, number }) => ({ first, size, label: String(number) })));
  }, [shape]);
  const packed = cells.data?.job?.plan.labelCells;
  const labels = useMemo(
    () => (packed === undefined ? null : byLabel(packed.values, packed.cells, t("grid.noLabel"))),
    [packed, t],
  );
  return label === "" ? inBatches : labels;
}

/** A host's index in the plan, by its name. */
export function useIndexOf(job: string, host: string): number | null {
  const [found] = useQuery({ query: IndexQuery, variables: { job, host }, pause: host === "" });
  return host === "" ? null : (found.data?.job?.hostRun?.index ?? null);
}
