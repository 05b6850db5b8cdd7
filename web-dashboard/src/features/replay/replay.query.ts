import { graphql, type ResultOf } from "../../api/graphql";
import { EventFields } from "../../events/events.query";
import { BatchFields } from "../../rollout/batch.query";
import { CountsFields } from "../../rollout/counts.query";
import { StateFields } from "../../rollout/grid/grid.query";

/** What the slider stands on, and what never changes of the job. */
export const ReplayQuery = graphql(`
  query Replay($job: ID!) {
    job(id: $job) {
      ulid
      template
      status
      due {
        zone
      }
      plan {
        hosts
        labels
      }
      definition {
        workflow {
          step
        }
      }
      history(buckets: 240) {
        firstPosition
        lastPosition
        from
        to
        buckets {
          until
          position
          settled
          failed
          running
        }
        marks {
          position
          at
          kind
          batch
          sentence {
            key
            values
            text
          }
        }
      }
    }
  }
`);

/** The job as it was. */
export const MomentQuery = graphql(
  `
    query ReplayMoment($job: ID!, $position: Long, $at: DateTime) {
      jobAt(job: $job, position: $position, at: $at) {
        position
        nextPosition
        at
        event {
          ...EventFields
        }
        status
        outcome
        hold {
          kind
          text
          threshold
          parameters
        }
        stopping {
          by
          reason
          kill
        }
        currentBatch {
          number
        }
        counts {
          ...CountsFields
        }
        batches {
          ...BatchFields
        }
        grid {
          __typename
          position
          hosts
          cellBytes
          cells
          palette {
            ...GridStateFields
          }
        }
      }
    }
  `,
  [EventFields, CountsFields, BatchFields, StateFields],
);

/** One host as it was. */
export const HostMomentQuery = graphql(`
  query ReplayHost($job: ID!, $position: Long!, $host: String!) {
    jobAt(job: $job, position: $position) {
      hostRun(host: $host) {
        host
        index
        batch
        status
        outcome
        error
        outOfService
        steps {
          step
          result
          attempts
          error
        }
      }
    }
  }
`);

export type Replayed = NonNullable<ResultOf<typeof ReplayQuery>["job"]>;
export type History = Replayed["history"];
export type Mark = History["marks"][number];
export type Moment = NonNullable<ResultOf<typeof MomentQuery>["jobAt"]>;
export type HostMoment = NonNullable<NonNullable<ResultOf<typeof HostMomentQuery>["jobAt"]>["hostRun"]>;
