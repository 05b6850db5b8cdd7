import { graphql, type ResultOf } from "../api/graphql";
import { CountsFields } from "./counts.query";

/** A batch as it stands, with its gate. */
export const BatchFields = graphql(
  `
    fragment BatchFields on Batch {
      number
      kind
      status
      canary
      size
      first
      bake
      bakeUntil
      approve
      approvalUntil
      openedAt
      passedAt
      whyNotApprover
      stopsAt
      gate
      stage {
        amount
        upTo
        approvedBy
        notRequester
      }
      counts {
        ...CountsFields
      }
    }
  `,
  [CountsFields],
);

export type Batch = ResultOf<typeof BatchFields>;
