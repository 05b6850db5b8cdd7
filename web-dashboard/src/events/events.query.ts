import { graphql, type ResultOf } from "../api/graphql";

export const EventFields = graphql(`
  fragment EventFields on Event {
    position
    job {
      ulid
      template
    }
    at
    actor
    kind
    text
    sentence {
      key
      values
    }
    host
  }
`);

/** The position is asked for first: what is recorded while the page is read is listened to from there. */
export const EventsQuery = graphql(
  `
    query JobEvents($first: Int!, $after: String, $filter: EventFilterInput) {
      server {
        position
      }
      events(first: $first, after: $after, filter: $filter, newestFirst: true) {
        continueAfter
        pageInfo {
          hasNextPage
        }
        nodes {
          ...EventFields
        }
      }
    }
  `,
  [EventFields],
);

/** What is recorded about one host: only what could be about it is looked at. */
export const HostEventsQuery = graphql(
  `
    query HostEvents($first: Int!, $after: String, $host: String!) {
      server {
        position
      }
      host(name: $host) {
        id
        events(first: $first, after: $after) {
          continueAfter
          pageInfo {
            hasNextPage
          }
          nodes {
            ...EventFields
          }
        }
      }
    }
  `,
  [EventFields],
);

export const EventsLive = graphql(
  `
    subscription JobEventsLive($after: Long, $filter: EventFilterInput) {
      events(afterPosition: $after, filter: $filter) {
        position
        events {
          ...EventFields
        }
      }
    }
  `,
  [EventFields],
);

export type RecordedEvent = ResultOf<typeof EventFields>;
