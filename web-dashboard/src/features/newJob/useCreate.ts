import { useCallback, useRef, useState } from "react";
import { reader } from "../../api/client";
import { freshKey } from "../../api/freshKey";
import { wordsOf } from "../../api/errors";
import { CreateJob, type CreateJobInput, type UserError } from "./newJob.query";

/** What became of it: the job, why there is none, or nobody knows. */
export type Created = { ulid: string } | { errors: readonly UserError[] } | { lost: string };

/**
 * Creates a job, once however often it is asked for: what is sent again unchanged carries the same key, and the server
 * answers with the job of the first time.
 */
export function useCreate(): { create: (input: CreateJobInput) => Promise<Created>; busy: boolean } {
  const [busy, setBusy] = useState(false);
  const sent = useRef({ said: "", key: "" });
  const create = useCallback(async (input: CreateJobInput): Promise<Created> => {
    const said = JSON.stringify(input);
    if (sent.current.said !== said) sent.current = { said, key: freshKey() };
    setBusy(true);
    const { data, error } = await reader.mutation(CreateJob, { input: { ...input, idempotencyKey: sent.current.key } }).toPromise();
    setBusy(false);
    if (data === undefined || data === null) return { lost: error === undefined ? "" : wordsOf(error) };
    const { job, userErrors } = data.createJob;
    // What was refused may be asked for again, and is then another request.
    if (job === null) sent.current = { said: "", key: "" };
    return job === null ? { errors: userErrors } : { ulid: job.ulid };
  }, []);
  return { create, busy };
}
