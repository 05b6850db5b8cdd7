import { graphql, type ResultOf } from "../../api/graphql";

export const JobsQuery = graphql(`
  query Jobs($first: Int!, $after: String, $filter: JobFilter) {
    jobs(first: $first, after: $after, filter: $filter) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        ulid
        template
        status
        outcome
        requestedBy
        createdAt
        finishedAt
        hold {
          kind
          text
          threshold
          parameters
        }
        counts {
          hosts
          settled
          failed
        }
      }
    }
  }
`);

export type JobRow = ResultOf<typeof JobsQuery>["jobs"]["nodes"][number];
