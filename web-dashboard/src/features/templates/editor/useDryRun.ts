import { useAnswer } from "../../../api/useAnswer";
import { useSettled } from "../../../useThrottled";
import { type DryRun, type DryRunInput, DryRunQuery } from "./editor.query";

const STANDS_STILL = 400;

export interface DryRunAnswer {
  run: DryRun | null;
  error: string | null;
  /** Whether the run is that of a text, hosts or parameters before. */
  stale: boolean;
}

/** The newest answer; the one before stays until it comes, unless there can be none. */
export function useDryRun(source: string | null, targets: string, parameters: Record<string, unknown>): DryRunAnswer {
  const input = JSON.stringify({ source, targets: targets === "" ? null : targets, parameters, seed: "1" });
  const settled = useSettled(input, STANDS_STILL);
  const asked = JSON.parse(settled) as Omit<DryRunInput, "source"> & { source: string | null };
  const { data, stale, error } = useAnswer(DryRunQuery, source === null || asked.source === null ? null : { input: { ...asked, source: asked.source } });
  const run = stale && error !== null ? null : (data?.previewTemplate ?? null);
  return { run, error, stale: stale || settled !== input };
}
