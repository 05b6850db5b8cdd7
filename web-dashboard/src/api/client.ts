import { Client, fetchExchange, mapExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { session } from "./session";

// Objects without an id are parts of the object that holds them.
const part = () => null;

const PARTS = [
  "Attempt",
  "Batch",
  "Counts",
  "Due",
  "Event",
  "EventConnection",
  "FailureCluster",
  "HoldReason",
  "JobAction",
  "JobConnection",
  "JobStep",
  "HostRunConnection",
  "Label",
  "LabelCells",
  "OutcomeCounts",
  "OutputRange",
  "PageInfo",
  "Plan",
  "Server",
  "StatusCounts",
  "StepRun",
  "Stopping",
  "UserError",
  "Viewer",
  "Waiting",
] as const;

/** A client with an empty cache, for whoever has signed in by then. */
export function makeClient(_signIns: number): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: { credentials: "same-origin" },
    exchanges: [
      mapExchange({
        onResult(result) {
          const status = (result.error?.response as Response | undefined)?.status;
          if (status === 401) session.set("out");
          else if (result.data !== undefined && result.data !== null) session.set("in");
        },
      }),
      cacheExchange({ keys: Object.fromEntries(PARTS.map((name) => [name, part])) }),
      fetchExchange,
    ],
  });
}
