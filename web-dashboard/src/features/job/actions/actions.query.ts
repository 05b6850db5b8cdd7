import { graphql } from "../../../api/graphql";

const Answer = graphql(`
  fragment JobAnswer on JobPayload {
    job {
      id
      status
    }
    userErrors {
      message
      hint
    }
  }
`);

export const StartJob = graphql(
  `
    mutation StartJob($input: JobInput!) {
      answer: startJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const HoldJob = graphql(
  `
    mutation HoldJob($input: JobReasonInput!) {
      answer: holdJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const ResumeJob = graphql(
  `
    mutation ResumeJob($input: JobReasonInput!) {
      answer: resumeJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const DrainJob = graphql(
  `
    mutation DrainJob($input: JobReasonInput!) {
      answer: drainJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const CancelJob = graphql(
  `
    mutation CancelJob($input: JobReasonInput!) {
      answer: cancelJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const KillJob = graphql(
  `
    mutation KillJob($input: JobReasonInput!) {
      answer: killJob(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const ApproveBatch = graphql(
  `
    mutation ApproveBatch($input: ApproveBatchInput!) {
      answer: approveBatch(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const RetryHosts = graphql(
  `
    mutation RetryHosts($input: RetryHostsInput!) {
      answer: retryHosts(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const AcceptHosts = graphql(
  `
    mutation AcceptHosts($input: AcceptHostsInput!) {
      answer: acceptHosts(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

export const ResolveInDoubt = graphql(
  `
    mutation ResolveInDoubt($input: ResolveInDoubtInput!) {
      answer: resolveInDoubt(input: $input) {
        ...JobAnswer
      }
    }
  `,
  [Answer],
);

/** How many hosts something would touch, asked before it is asked for. */
export const TouchesQuery = graphql(`
  query Touches($job: ID!, $action: JobActionKind!, $which: HostsInput) {
    job(id: $job) {
      id
      touches(action: $action, which: $which)
    }
  }
`);
