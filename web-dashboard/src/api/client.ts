import { Client, fetchExchange, makeOperation, mapExchange, type OperationResult } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { waitBefore } from "./backoff";
import { mayPass } from "./errors";
import { session } from "./session";

// Objects without an id are parts of the object that holds them.
const part = () => null;

const PARTS = [
  "Attempt",
  "Compliance",
  "ComplianceReason",
  "ErrorStatistics",
  "FailureCluster",
  "Gates",
  "HostLabels",
  "HostSums",
  "JobSums",
  "Label",
  "LabelCells",
  "LabelCount",
  "LabelStatistics",
  "LabelValueStatistics",
  "NotDoneHost",
  "PageInfo",
  "PlannedBatch",
  "Plan",
  "Sentence",
  "Stage",
  "Server",
  "Statistics",
  "StatisticsBucket",
  "StepRun",
  "Stratum",
  "TemplateDefinition",
  "TemplateStatistics",
  "TemplateVersion",
  "UserError",
  "ValueCount",
  "Viewer",
  "WorkflowStep",
] as const;

/** Learns from every answer whether somebody is signed in. */
const watchSession = mapExchange({
  onResult(result) {
    const status = (result.error?.response as Response | undefined)?.status;
    if (status === 401) session.set("out");
    else if (result.data !== undefined && result.data !== null) session.set("in");
  },
});

/** Asks again for what was lost on the way, ever less often, as long as somebody wants it. */
function askingAgain(client: () => Client) {
  const failures = new Map<number, number>();
  function onResult({ operation, error }: OperationResult) {
    const { key, kind, context } = operation;
    if (kind !== "query" || error === undefined || !mayPass(error)) {
      failures.delete(key);
      return;
    }
    const before = failures.get(key) ?? 0;
    failures.set(key, before + 1);
    const again = makeOperation(kind, operation, { ...context, requestPolicy: "network-only" });
    setTimeout(() => client().reexecuteOperation(again), waitBefore(before, Math.random()));
  }
  return mapExchange({ onResult });
}

const SETTINGS = { url: "/graphql", preferGetMethod: false, fetchOptions: { credentials: "same-origin" } } as const;

/** A client with an empty cache, for whoever has signed in by then. */
export function makeClient(_signIns: number): Client {
  const cache = cacheExchange({ keys: Object.fromEntries(PARTS.map((name) => [name, part])) });
  const client: Client = new Client({ ...SETTINGS, exchanges: [watchSession, askingAgain(() => client), cache, fetchExchange] });
  return client;
}

/** Reads pages that whoever asked for keeps: output, events, lists. A cache would only keep them a second time. */
export const reader = new Client({ ...SETTINGS, exchanges: [watchSession, fetchExchange] });
