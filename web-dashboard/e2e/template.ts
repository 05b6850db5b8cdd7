import { ask, type Server } from "../stage/servers.mjs";

/** A template whose canary wants approval, and that is through with a small fleet in seconds. */
const templateFor = (concurrency: number) => `template: patch-carefully
description: Leave, install, join
parameters:
  security_only: {type: boolean, default: true, description: Security updates only}
workflow:
  - step: leave
    action: cluster.leave
    with: {via: none}
    takes_out_of_service: true
  - step: install
    action: patch.install
    with: {security_only: "{{ params.security_only }}"}
  - step: join
    action: cluster.join
    with: {via: none}
    returns_to_service: true
batches:
  - {size: 1, approve: {by: first, expires: 1h}}
  - {size: 50%, repeat: true}
concurrency: {max: ${concurrency}}
`;

/** Brings the template to a server, as an author would. */
export async function applyTemplate(server: Server, { concurrency = 20 } = {}): Promise<void> {
  await ask(server, "mutation ($source: String!) { applyTemplate(input: { source: $source }) { userErrors { message } } }", {
    source: templateFor(concurrency),
  });
}

const INSTALL_ONLY = `template: install-only
workflow:
  - step: install
    action: patch.install
batches:
  - {size: 1}
  - {size: 50%, repeat: true}
`;

/** Creates and starts a job over all hosts that takes none of them out of service, and tells its ULID. */
export async function startPlainJob(server: Server): Promise<string> {
  await ask(server, "mutation ($source: String!) { applyTemplate(input: { source: $source }) { userErrors { message } } }", { source: INSTALL_ONLY });
  const { createJob } = await ask(
    server,
    'mutation { createJob(input: { template: "install-only", targets: "*", start: true }) { job { ulid } userErrors { message } } }',
  );
  return createJob.job.ulid;
}

/** Cancels a job, as somebody else would. */
export async function cancelJob(server: Server, job: string): Promise<void> {
  await ask(server, `mutation { cancelJob(input: { job: "${job}", reason: "not tonight" }) { userErrors { message } } }`);
}

/** Creates a job over all hosts that waits to be started, and tells its ULID and its canary. */
export async function createJob(server: Server): Promise<{ ulid: string; canary: string }> {
  const { createJob } = await ask(
    server,
    'mutation { createJob(input: { template: "patch-carefully", targets: "*" }) { job { ulid } userErrors { message } } }',
  );
  const { ulid } = createJob.job;
  return { ulid, canary: await canaryOf(server, ulid) };
}

/** The host that goes first in a job. */
export async function canaryOf(server: Server, job: string): Promise<string> {
  return (await ask(server, `{ job(id: "${job}") { plan { hostNames(from: 0, limit: 1) } } }`)).job.plan.hostNames[0];
}

/** Starts a job, as somebody else would. */
export async function startJob(server: Server, job: string): Promise<void> {
  await ask(server, `mutation { startJob(input: { job: "${job}" }) { userErrors { message } } }`);
}

/** Makes a schedule of the template that fires every night, and tells its id. */
export async function createSchedule(server: Server): Promise<string> {
  const { createSchedule } = await ask(
    server,
    'mutation { createSchedule(input: { name: "nightly", template: "patch-carefully", targets: "all", cron: "30 2 * * *" }) { schedule { id } userErrors { message } } }',
  );
  return createSchedule.schedule.id;
}
