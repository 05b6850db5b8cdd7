import { graphql, type ResultOf } from "../../api/graphql";

export const HostQuery = graphql(`
  query Host($name: String!) {
    host(name: $name) {
      id
      name
      address
      source
      groups
      labels {
        name
        value
      }
      outOfServiceBecauseOf {
        id
        ulid
        template
      }
      outOfServiceSince
      needsAPerson
      leasedTo {
        id
        ulid
        template
      }
      currentRun {
        id
        status
        outcome
        error
        reasons {
          key
          values
          text
        }
      }
      waitingJobs {
        id
        ulid
        template
        requestedBy
      }
    }
  }
`);

export const HostRunsQuery = graphql(`
  query RunsOfHost($name: String!, $first: Int!, $after: String) {
    host(name: $name) {
      id
      runs(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          status
          outcome
          error
          sentence {
            key
            values
            text
          }
          batch
          outOfService
          acceptedBy
          startedAt
          finishedAt
          job {
            id
            ulid
            template
            templateVersion
            requestedBy
            createdAt
          }
          steps {
            index
            step
            action
            result
            attempts
            took
            error
          }
        }
      }
    }
  }
`);

/** Every attempt of one run. They are read from the log, so only where somebody opens the run. */
export const RunAttemptsQuery = graphql(`
  query RunAttempts($job: ID!, $host: String!) {
    job(id: $job) {
      id
      hostRun(host: $host) {
        id
        attempts {
          token
          step
          phase
          number
          status
          outcome
          exitCode
          startedAt
          took
          error
        }
      }
    }
  }
`);

export type HostDetail = NonNullable<ResultOf<typeof HostQuery>["host"]>;
export type PastRun = NonNullable<ResultOf<typeof HostRunsQuery>["host"]>["runs"]["nodes"][number];
export type PastAttempt = NonNullable<NonNullable<ResultOf<typeof RunAttemptsQuery>["job"]>["hostRun"]>["attempts"][number];

const NOTHING = { nodes: [], totalCount: null, pageInfo: { hasNextPage: false, endCursor: null } };

export const runsOf = ({ host }: ResultOf<typeof HostRunsQuery>) => host?.runs ?? NOTHING;
