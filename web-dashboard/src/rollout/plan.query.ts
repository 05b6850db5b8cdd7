import { graphql, type ResultOf } from "../api/graphql";

/** A line of a batch policy. */
export const StageFields = graphql(`
  fragment StageFields on Stage {
    size
    amount
    upTo
    repeat
    bake
    approve
    approvedBy
    approvalExpires
    notRequester
  }
`);

/** How hosts were dealt into batches. */
export const PlanFields = graphql(
  `
    fragment PlanFields on Plan {
      stratifyBy
      batches {
        number
        size
        stage {
          ...StageFields
        }
        firstHosts
        strata {
          values
          hosts
        }
        stopsAt
      }
    }
  `,
  [StageFields],
);

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

export type Stage = ResultOf<typeof StageFields>;
export type Plan = ResultOf<typeof PlanFields>;
export type PlannedBatch = Plan["batches"][number];
export type Gates = ResultOf<typeof GateFields>;
