/* The batch policy as it is typed, how it stands in the address, and what the API is given of it. */
import { readLength, writeLength } from "../../length";
import type { Stage } from "../../rollout/plan.query";
import type { CreateJobInput } from "./newJob.query";

/** Whose policy the job goes by. */
export type PolicyChoice = "template" | "size" | "own";

/** One stage as it is typed. */
export interface TypedStage {
  size: string;
  bake: string;
  approve: boolean;
  /** The role; empty is anybody. */
  by: string;
  /** How long the question stands; empty is for ever. */
  expires: string;
  /** Whether whoever creates the job may not be the one to agree. */
  notRequester: boolean;
  repeat: boolean;
}

/** A policy as it is typed. Empty texts are the template's. */
export interface TypedPolicy {
  stages: readonly TypedStage[];
  concurrency: string;
  cap: string;
  bigBatch: boolean;
}

type PolicyInput = NonNullable<CreateJobInput["policy"]>;

const SIZE = "size";

export const NEW_STAGE: TypedStage = { size: "10%", bake: "", approve: false, by: "", expires: "", notRequester: false, repeat: false };

const completed = (stage: Partial<TypedStage>): TypedStage => ({ ...NEW_STAGE, ...stage });

/** What to begin with: the template's stages, or a few that grow. */
export function beginWith(stages: readonly Stage[]): TypedPolicy {
  const usual = ["1", "5%", "10%"].map((size) => completed({ size }));
  return { stages: stages.length === 0 ? usual : stages.map(typedStage), concurrency: "", cap: "", bigBatch: false };
}

function typedStage({ size, bake, approve, approvedBy, approvalExpires, notRequester, repeat }: Stage): TypedStage {
  const expires = approvalExpires === null ? "" : writeLength(approvalExpires);
  return { size, bake: bake === 0 ? "" : writeLength(bake), approve, by: approvedBy ?? "", expires, notRequester, repeat };
}

export function choiceOf(address: string): PolicyChoice {
  if (address === "") return "template";
  return address === SIZE ? "size" : "own";
}

/** An own policy out of the address; what cannot be read there is nothing. */
export function readPolicy(address: string): TypedPolicy | null {
  if (choiceOf(address) !== "own") return null;
  try {
    const { stages = [], concurrency = "", cap = "", bigBatch = false } = JSON.parse(address) as Partial<TypedPolicy>;
    return { stages: stages.map(completed), concurrency, cap, bigBatch };
  } catch {
    return null;
  }
}

/** A policy for the address, without what is as usual. */
export function writePolicy(policy: TypedPolicy | "template" | "size"): string {
  if (policy === "template") return "";
  if (policy === "size") return SIZE;
  const stages = policy.stages.map(({ size, ...rest }) => ({ size, ...present(rest) }));
  return JSON.stringify({ stages, ...present({ concurrency: policy.concurrency, cap: policy.cap, bigBatch: policy.bigBatch }) });
}

function present(parts: Record<string, string | boolean>): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== "" && value !== false));
}

/** Lengths of time and numbers that cannot be read, by the path that the API would name. */
export function unreadable(policy: TypedPolicy | null): string[] {
  if (policy === null) return [];
  const lengths = policy.stages.flatMap(({ bake, expires }, place) => [
    ...(readLength(bake) === null ? [`policy.batches.${place}.bake`] : []),
    ...(readLength(expires) === null ? [`policy.batches.${place}.approvalExpires`] : []),
  ]);
  const isWhole = (text: string) => /^\d{0,9}$/.test(text.trim());
  return [
    ...lengths,
    ...(isWhole(policy.concurrency) ? [] : ["policy.concurrency"]),
    ...(isWhole(policy.cap) ? [] : ["policy.gates.totalCap"]),
  ];
}

function approvalInput({ approve, by, expires, notRequester }: Omit<TypedStage, "size" | "bake" | "repeat">) {
  if (!approve) return { approve };
  const length = readLength(expires) ?? 0;
  return { approve, notRequester, ...(by === "" ? {} : { approvedBy: by }), ...(length === 0 ? {} : { approvalExpires: length }) };
}

/** What the API is given; nothing where the template's policy stands. */
export function policyInput(address: string): PolicyInput | undefined {
  if (choiceOf(address) === "size") return { batches: [] };
  const policy = readPolicy(address);
  if (policy === null) return undefined;
  const batches = policy.stages.map(({ size, bake, repeat, ...approval }) => ({
    size,
    bake: readLength(bake) ?? 0,
    repeat,
    ...approvalInput(approval),
  }));
  return {
    batches,
    ...(policy.bigBatch ? { allowBigBatch: true } : {}),
    ...(policy.concurrency.trim() === "" ? {} : { concurrency: Number(policy.concurrency) }),
    ...(policy.cap.trim() === "" ? {} : { gates: { totalCap: Number(policy.cap) } }),
  };
}
