import type { Client, OperationResult } from "@urql/core";
import { useCallback } from "react";
import { useClient } from "urql";
import { refusalsOf } from "../../../api/errors";
import type { Said } from "../../../ui/FieldErrors";
import type { Intent, RetryFrom, Verdict, Which } from "./action";
import {
  AcceptHosts,
  ApproveBatch,
  CancelJob,
  DrainJob,
  HoldJob,
  KillJob,
  ResolveInDoubt,
  ResumeJob,
  RetryHosts,
  StartJob,
} from "./actions.query";

/** What a person filled in. */
export interface Answers {
  reason: string;
  /** Which hosts; `null` leaves it to the server. */
  which: Which | null;
  from: RetryFrom;
  verdict: Verdict;
}

interface Payload {
  answer: { userErrors: readonly Said[] };
}

/** Asks something of a job. Answers why it was not done, or nothing. */
export function useAsk(job: string): (intent: Intent, answers: Answers) => Promise<readonly Said[]> {
  const client = useClient();
  return useCallback(
    async (intent, answers) => refusalsOf(await mutate(client, job, intent, answers)),
    [client, job],
  );
}

function mutate(client: Client, job: string, intent: Intent, answers: Answers): PromiseLike<OperationResult<Payload>> {
  const { reason, which, from, verdict } = answers;
  switch (intent.kind) {
    case "START":
      return client.mutation(StartJob, { input: { job } });
    case "HOLD":
      return client.mutation(HoldJob, { input: { job, reason } });
    case "RESUME":
      return client.mutation(ResumeJob, { input: { job, reason } });
    case "DRAIN":
      return client.mutation(DrainJob, { input: { job, reason } });
    case "CANCEL":
      return client.mutation(CancelJob, { input: { job, reason } });
    case "KILL":
      return client.mutation(KillJob, { input: { job, reason } });
    case "RETRY":
      return client.mutation(RetryHosts, { input: { job, which, from, reason } });
    case "ACCEPT":
      return client.mutation(AcceptHosts, { input: { job, which, reason } });
    case "APPROVE":
      return client.mutation(ApproveBatch, { input: { job, batch: intent.batch, planHash: intent.planHash, reason } });
    case "RESOLVE":
      return client.mutation(ResolveInDoubt, { input: { job, host: intent.host, verdict, reason } });
  }
}
