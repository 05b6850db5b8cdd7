import { graphql } from "../../../api/graphql";
import { GateFields } from "../../../rollout/plan.query";

/** Where a job stops by itself. It never changes. */
export const GatesQuery = graphql(
  `
    query JobGates($job: ID!) {
      job(id: $job) {
        id
        definition {
          name
          gates {
            ...GateFields
          }
        }
      }
    }
  `,
  [GateFields],
);
