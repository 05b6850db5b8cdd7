import { graphql, type ResultOf, type VariablesOf } from "../../api/graphql";
import { CountsFields } from "../../rollout/counts.query";

export const JobsQuery = graphql(
  `
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
          took
          hold {
            kind
            text
            threshold
            parameters
          }
          counts {
            ...CountsFields
          }
        }
      }
    }
  `,
  [CountsFields],
);

/** Moves whenever anything does: then the pages in sight are read again. */
export const SomethingMoved = graphql(`
  subscription SomethingMoved {
    overview {
      position
    }
  }
`);

export const TemplateNamesQuery = graphql(`
  query TemplateNames {
    templates(first: 200) {
      nodes {
        id
        name
      }
    }
  }
`);

export type JobRow = ResultOf<typeof JobsQuery>["jobs"]["nodes"][number];
export type JobFilter = NonNullable<VariablesOf<typeof JobsQuery>["filter"]>;

export const jobsOf = (data: ResultOf<typeof JobsQuery>) => data.jobs;
