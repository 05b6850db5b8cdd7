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
      attention
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
      failureClusters(first: 1) {
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

const KeepingOutFields = graphql(`
  fragment KeepingOutFields on Job {
    id
    ulid
    template
    outOfServiceSince
    counts {
      outOfService
      needingAPerson
    }
  }
`);

const JobFailureFields = graphql(`
  fragment JobFailureFields on JobFailure {
    job {
      id
      ulid
      template
    }
    cluster {
      error
      sample
      count
      step
      outcome
    }
  }
`);

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
        needingCount
        underWayCount
        needing {
          ...OverviewJobFields
        }
        underWay {
          ...OverviewJobFields
        }
        keepingOut {
          ...KeepingOutFields
        }
        lastFailures(first: 6) {
          ...JobFailureFields
        }
        ended {
          ...EndedJobFields
        }
      }
    }
  `,
  [OverviewJobFields, KeepingOutFields, JobFailureFields, EndedJobFields],
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
        sentence {
          key
          values
          text
        }
      }
    }
  }
`);

export type Overview = ResultOf<typeof OverviewLive>["overview"];
export type OverviewJob = Overview["needing"][number];
export type KeepingOut = Overview["keepingOut"][number];
export type JobFailure = Overview["lastFailures"][number];
export type EndedJob = Overview["ended"][number];
export type Schedule = ResultOf<typeof FiringsQuery>["schedules"][number];
