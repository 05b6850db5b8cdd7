import { graphql } from "../../../api/graphql";

/** Where the hosts of each failure cluster lie in the plan. */
export const ClusterIndexesQuery = graphql(`
  query ClusterIndexes($job: ID!) {
    job(id: $job) {
      id
      failureClusters(first: 20) {
        error
        indexes
      }
    }
  }
`);
