import { graphql, type ResultOf } from "../../api/graphql";
import { EventFields } from "../../events/events.query";

export const KindsQuery = graphql(`
  query EventKinds {
    eventKinds
  }
`);

/** All that a record says. */
export const EventQuery = graphql(
  `
    query AuditedEvent($position: Long!) {
      event(position: $position) {
        ...EventFields
        stream
        version
        origin
        step
        batch
        template
        payload
      }
    }
  `,
  [EventFields],
);

/** What proves that a record is in the log. */
export const ProofQuery = graphql(`
  query EventProof($position: Long!) {
    event(position: $position) {
      proof {
        record
        leafHash
        leafIndex
        path
        treeSize
        root
      }
    }
  }
`);

export const VerifyLog = graphql(`
  subscription VerifyLog {
    verifyLog {
      checked
      of
      verified
      root
      took
      problem {
        place
        what
      }
    }
  }
`);

export type AuditedEvent = NonNullable<ResultOf<typeof EventQuery>["event"]>;
export type Proof = NonNullable<ResultOf<typeof ProofQuery>["event"]>["proof"];
export type LogVerification = ResultOf<typeof VerifyLog>["verifyLog"];
