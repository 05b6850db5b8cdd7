/* Who may approve what follows a batch, as its stage says. The server decides; this is for whoever would be refused. */
import type { Batch } from "./batch.query";

/** Why somebody may not approve: another token has to, or anybody but them. */
export type NotApprover = "ONLY" | "REQUESTER";

/** Why an actor would be refused; `null` where not, and where the actor is not known. */
export function whyNotApprover({ stage }: Pick<Batch, "stage">, requestedBy: string, actor: string | null): NotApprover | null {
  if (stage === null || actor === null) return null;
  if (stage.approvedBy !== null && actor !== `token:${stage.approvedBy}`) return "ONLY";
  return stage.notRequester && actor === requestedBy ? "REQUESTER" : null;
}
