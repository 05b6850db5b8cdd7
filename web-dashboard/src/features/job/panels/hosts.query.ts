import { graphql, type ResultOf, type VariablesOf } from "../../../api/graphql";

export const HostRunsQuery = graphql(`
  query HostRuns($job: ID!, $first: Int!, $after: String, $filter: HostRunFilter) {
    job(id: $job) {
      id
      hostRuns(first: $first, after: $after, filter: $filter) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          host
          index
          batch
          status
          outcome
          step
          sentence {
            key
            values
            text
          }
          error
          outOfService
          startedAt
          finishedAt
        }
      }
    }
  }
`);

/** The list in an answer. */
export const hostRunsOf = ({ job }: ResultOf<typeof HostRunsQuery>) => job?.hostRuns;

export type HostRunFilter = NonNullable<VariablesOf<typeof HostRunsQuery>["filter"]>;
export type HostRuns = NonNullable<ResultOf<typeof HostRunsQuery>["job"]>["hostRuns"];
export type HostRow = HostRuns["nodes"][number];
