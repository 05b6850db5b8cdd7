import type { HostSums } from "./statistics.query";
import type { StackTone } from "./chart/Stacks";

/** What can become of a host that ended, the way it is stacked: what went well at the bottom. */
export const PARTS = ["succeeded", "failed", "lost", "inDoubt", "unreachable"] as const;
export type Part = (typeof PARTS)[number];

export const PART_TONE = {
  succeeded: "done",
  failed: "failed",
  lost: "lost",
  inDoubt: "doubt",
  unreachable: "unreachable",
} as const satisfies Record<Part, StackTone>;

export const partsOf = (hosts: HostSums) => PARTS.map((part) => ({ tone: PART_TONE[part], amount: hosts[part] }));
