import { graphql, type ResultOf } from "../../../api/graphql";

export const HostRunQuery = graphql(`
  query HostRun($job: ID!, $host: String!) {
    job(id: $job) {
      id
      hostRun(host: $host) {
        id
        host
        index
        batch
        status
        outcome
        step
        error
        outOfService
        needsAPerson
        acceptedBy
        absence
        startedAt
        finishedAt
        reasons {
          key
          values
          text
        }
        labels {
          name
          value
        }
        steps {
          index
          step
          action
          result
          attempts
          took
          error
          output
        }
        attempts {
          token
          step
          phase
          number
          status
          outcome
          exitCode
          signal
          startedAt
          finishedAt
          took
          error
          outBytes
          errBytes
        }
      }
    }
  }
`);

export const OutputLive = graphql(`
  subscription OutputLive(
    $job: ID!
    $host: String!
    $step: String!
    $attempt: Int
    $phase: Phase
    $stream: OutputStream!
    $from: Long
  ) {
    output(job: $job, host: $host, step: $step, attempt: $attempt, phase: $phase, stream: $stream, from: $from) {
      offset
      next
      total
      text
      complete
      cut {
        from
        to
      }
    }
  }
`);

export const OutputQuery = graphql(`
  query OutputPart(
    $job: ID!
    $host: String!
    $step: String!
    $attempt: Int
    $phase: Phase
    $stream: OutputStream!
    $from: Long
    $limit: Long
  ) {
    job(id: $job) {
      id
      hostRun(host: $host) {
        id
        output(step: $step, attempt: $attempt, phase: $phase, stream: $stream, from: $from, limit: $limit) {
          offset
          next
          total
          base64
        }
      }
    }
  }
`);

export type HostRun = NonNullable<NonNullable<ResultOf<typeof HostRunQuery>["job"]>["hostRun"]>;
export type Attempt = HostRun["attempts"][number];
export type StepRun = HostRun["steps"][number];
