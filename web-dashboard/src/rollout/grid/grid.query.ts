import { graphql, type ResultOf } from "../../api/graphql";

/** What a cell of the grid says. */
export const StateFields = graphql(`
  fragment GridStateFields on GridState {
    status
    outcome
    step
    outOfService
    absence
  }
`);

/** Every host of a job in a few bytes, then what changed. */
export const JobGrid = graphql(
  `
    subscription JobGrid($job: ID!, $after: Long) {
      jobGrid(job: $job, afterPosition: $after) {
        __typename
        ... on Grid {
          position
          hosts
          cellBytes
          cells
          palette {
            ...GridStateFields
          }
        }
        ... on GridDelta {
          position
          after
          cellBytes
          changes
          palette {
            ...GridStateFields
          }
        }
      }
    }
  `,
  [StateFields],
);

/** Names of hosts in the order of the plan. */
export const NamesQuery = graphql(`
  query HostNames($job: ID!, $from: Int!, $limit: Int!) {
    job(id: $job) {
      id
      plan {
        hostNames(from: $from, limit: $limit)
      }
    }
  }
`);

/** The value of a label for every host. */
export const LabelQuery = graphql(`
  query LabelCells($job: ID!, $label: String!) {
    job(id: $job) {
      id
      plan {
        labelCells(label: $label) {
          label
          values
          cells
        }
      }
    }
  }
`);

export type GridMessage = ResultOf<typeof JobGrid>["jobGrid"];
export type GridState = ResultOf<typeof StateFields>;

/** Where a host lies in the plan. */
export const IndexQuery = graphql(`
  query HostIndex($job: ID!, $host: String!) {
    job(id: $job) {
      id
      hostRun(host: $host) {
        id
        index
      }
    }
  }
`);
