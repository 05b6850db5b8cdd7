import { graphql, type ResultOf } from "../../api/graphql";
import { BatchFields } from "../../rollout/batch.query";
import { CountsFields } from "../../rollout/counts.query";
import { GateFields, PlanFields } from "../../rollout/plan.query";

const StepFields = graphql(`
  fragment StepFields on JobStep {
    index
    step
    action
    waiting
    running
    succeeded
    failed
    skipped
    p50
    p95
    slowest {
      host
      index
      since
    }
  }
`);

const ClusterFields = graphql(`
  fragment ClusterFields on FailureCluster {
    error
    count
    firstHost
    hosts(first: 60)
    sample
    outcome
    step
  }
`);

const JobFields = graphql(
  `
    fragment JobFields on Job {
      id
      ulid
      position
      template
      templateVersion
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
      requestedBy
      due {
        schedule
        nominal
        zone
      }
      createdAt
      startedAt
      finishedAt
      throughput
      estimatedEnd
      counts {
        ...CountsFields
      }
      batches {
        ...BatchFields
      }
      currentBatch {
        number
      }
      steps {
        ...StepFields
      }
      archived
      failureClusterCount
      failureClusters(first: 20) {
        ...ClusterFields
      }
      actions {
        action
        allowed
        reason
        why
      }
      waitingFor {
        kind
        text
        numbers
        until
      }
    }
  `,
  [CountsFields, BatchFields, StepFields, ClusterFields],
);

/** Everything the screen shows that moves, whenever it moved. */
export const JobProgress = graphql(
  `
    subscription JobProgress($job: ID!) {
      jobProgress(job: $job) {
        ...JobFields
      }
    }
  `,
  [JobFields],
);

/** What never changes once the plan is sealed. */
export const SealedQuery = graphql(
  `
    query JobSealed($job: ID!) {
      job(id: $job) {
        id
        ulid
        template
        parameters
        plan {
          hash
          seed
          hosts
          labels
        }
        definition {
          description
          parameters
          targets
        }
      }
    }
  `,
);

/** How the hosts were dealt, and where the job stops. */
export const DealtQuery = graphql(
  `
    query JobDealt($job: ID!) {
      job(id: $job) {
        id
        plan {
          hash
          ...PlanFields
        }
        definition {
          name
          gates {
            ...GateFields
          }
        }
      }
    }
  `,
  [PlanFields, GateFields],
);

export type Job = ResultOf<typeof JobFields>;
export type Counts = Job["counts"];
export type JobStep = Job["steps"][number];
export type FailureCluster = Job["failureClusters"][number];
export type Sealed = NonNullable<ResultOf<typeof SealedQuery>["job"]>;
