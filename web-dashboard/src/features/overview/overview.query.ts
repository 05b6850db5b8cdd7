import { graphql, type ResultOf } from "../../api/graphql";
import { CountsFields } from "../../rollout/counts.query";

const OverviewJobFields = graphql(
  `
    fragment OverviewJobFields on Job {
      id
      ulid
      template
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
      waitingFor {
        kind
        text
        numbers
        until
      }
      requestedBy
      createdAt
      throughput
      estimatedEnd
      counts {
        ...CountsFields
      }
      currentBatch {
        number
      }
      batches {
        number
        status
        size
        counts {
          ...CountsFields
        }
      }
      failureClusters(first: 2) {
        error
        sample
        count
        firstHost
        step
        outcome
      }
    }
  `,
  [CountsFields],
);

const EndedJobFields = graphql(`
  fragment EndedJobFields on Job {
    id
    ulid
    template
    status
    outcome
    requestedBy
    finishedAt
    counts {
      hosts
      succeeded
      failed
    }
    failureClusters(first: 2) {
      error
      sample
      count
      firstHost
      step
      outcome
    }
  }
`);

/** Everything the screen shows that moves, whenever it moved. */
export const OverviewLive = graphql(
  `
    subscription OverviewLive {
      overview {
        hosts
        planned
        running
        held
        settled
        hostsRunning
        hostsOutOfService
        hostsNeedingAPerson
        throughput
        goingOn {
          ...OverviewJobFields
        }
        ended {
          ...EndedJobFields
        }
      }
    }
  `,
  [OverviewJobFields, EndedJobFields],
);

/** What the clock will start. */
export const FiringsQuery = graphql(`
  query Firings($each: Int!) {
    schedules {
      id
      name
      template
      zone
      paused
      queued
      upcoming(count: $each) {
        at
        note
      }
    }
  }
`);

export type Overview = ResultOf<typeof OverviewLive>["overview"];
export type OverviewJob = Overview["goingOn"][number];
export type EndedJob = Overview["ended"][number];
export type Schedule = ResultOf<typeof FiringsQuery>["schedules"][number];
