import { graphql, type ResultOf, type VariablesOf } from "../../api/graphql";

export const HostsQuery = graphql(`
  query Hosts($first: Int!, $after: String, $selector: String, $search: String, $filter: HostFilter) {
    hosts(first: $first, after: $after, selector: $selector, search: $search, filter: $filter) {
      totalCount
      problem {
        offset
        message
        hint
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        address
        source
        labels {
          name
          value
        }
        leasedTo {
          id
          ulid
          template
        }
        outOfServiceBecauseOf {
          id
          ulid
          template
        }
        outOfServiceSince
        needsAPerson
        lastRun {
          id
          status
          outcome
          error
          startedAt
          finishedAt
          job {
            id
            ulid
            template
          }
        }
      }
    }
  }
`);

export const FacetsQuery = graphql(`
  query Facets($selector: String, $search: String, $filter: HostFilter, $values: Int) {
    labels(selector: $selector, search: $search, filter: $filter, values: $values) {
      hosts
      labels {
        name
        hosts
        distinct
        values {
          value
          hosts
        }
      }
      groups {
        value
        hosts
      }
      groupNames
      problem {
        offset
        message
        hint
      }
    }
  }
`);

export type FleetHost = ResultOf<typeof HostsQuery>["hosts"]["nodes"][number];
export type Facets = ResultOf<typeof FacetsQuery>["labels"];
export type HostFilter = NonNullable<VariablesOf<typeof HostsQuery>["filter"]>;

export const hostsOf = ({ hosts }: ResultOf<typeof HostsQuery>) => hosts;
