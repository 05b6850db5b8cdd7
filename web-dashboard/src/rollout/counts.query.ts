import { graphql, type ResultOf } from "../api/graphql";

/** Hosts of a job or of a batch, by where they are and how they ended. */
export const CountsFields = graphql(`
  fragment CountsFields on Counts {
    hosts
    settled
    succeeded
    failed
    outOfService
    needingAPerson
    byStatus {
      waiting
      deferred
      running
      inDoubt
    }
    byOutcome {
      succeeded
      alreadyDone
      stepFailed
      verificationFailed
      timedOut
      lost
      unreachable
      inDoubt
      cancelled
    }
  }
`);

export type Counts = ResultOf<typeof CountsFields>;
