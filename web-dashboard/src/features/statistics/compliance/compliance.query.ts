import { graphql, type ResultOf } from "../../../api/graphql";

export const ComplianceQuery = graphql(`
  query Compliance($template: String!, $selector: String, $since: DateTime, $version: Int) {
    compliance(template: $template, selector: $selector, since: $since, version: $version) {
      selector
      hosts
      done
      doneShare
      reasons {
        reason
        outcome
        count
        hosts
        targets
      }
    }
  }
`);

export const NotDoneQuery = graphql(`
  query NotDone(
    $template: String!
    $selector: String
    $since: DateTime
    $version: Int
    $reason: NotDoneReason
    $outcome: HostOutcome
    $first: Int!
    $after: String
  ) {
    compliance(template: $template, selector: $selector, since: $since, version: $version) {
      notDone(first: $first, after: $after, reason: $reason, outcome: $outcome) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          host
          reason
          outcome
          error
          at
          version
          jobUlid
        }
      }
    }
  }
`);

export type Compliance = ResultOf<typeof ComplianceQuery>["compliance"];
export type Reason = Compliance["reasons"][number];
export type NotDoneRow = ResultOf<typeof NotDoneQuery>["compliance"]["notDone"]["nodes"][number];

export const notDoneOf = (data: ResultOf<typeof NotDoneQuery>) => data.compliance.notDone;
