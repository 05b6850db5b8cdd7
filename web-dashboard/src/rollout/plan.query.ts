import { graphql, type ResultOf } from "../api/graphql";

/** How hosts were dealt into batches. */
export const PlanFields = graphql(`
  fragment PlanFields on Plan {
    stratifyBy
    batches {
      number
      size
      stage {
        amount
        upTo
        bake
        approve
        approvedBy
        notRequester
      }
      firstHosts
      strata {
        values
        hosts
      }
      stopsAt
    }
  }
`);

/** Where a job stops by itself. */
export const GateFields = graphql(`
  fragment GateFields on Gates {
    canaryMaxFailed
    canaryMinSucceeded
    batch
    totalMaxFailed
    totalMinSample
    totalCap
    unreachable
    signature
  }
`);

export type Plan = ResultOf<typeof PlanFields>;
export type PlannedBatch = Plan["batches"][number];
export type Gates = ResultOf<typeof GateFields>;
