import { graphql, type ResultOf } from "../../api/graphql";

const ScheduleFields = graphql(`
  fragment ScheduleFields on Schedule {
    id
    name
    template
    cron
    zone
    paused
    queued
    lastJob {
      id
      ulid
      status
      outcome
      createdAt
    }
    upcoming(count: 1) {
      at
      sentence {
        key
        values
        text
      }
    }
  }
`);

export const SchedulesQuery = graphql(
  `
    query Schedules {
      schedules {
        ...ScheduleFields
      }
    }
  `,
  [ScheduleFields],
);

export const CalendarQuery = graphql(`
  query Calendar($from: DateTime!, $to: DateTime!) {
    calendar(from: $from, to: $to) {
      truncated
      completeUntil
      occurrences {
        schedule {
          id
          name
          template
          zone
        }
        at
        fate
        why
        sentence {
          key
          values
          text
        }
        answeredAt
        hosts
        job {
          id
          ulid
          status
          outcome
          startedAt
          finishedAt
          estimatedEnd
        }
        prediction {
          takes
          earlierJobs
        }
        predictedFrom
        collisions {
          schedule {
            id
            name
          }
          at
          hosts
          waits
        }
        colliding
      }
    }
  }
`);

/** Everything about one schedule. */
export const ScheduleQuery = graphql(
  `
    query Schedule($id: ID!, $count: Int!) {
      schedule(id: $id) {
        ...ScheduleFields
        parameters
        targets
        missed
        missedMax
        overlap
        deadline
        version
        createdBy
        pause {
          by
          at
          reason
        }
        next: upcoming(count: $count) {
          at
          sentence {
            key
            values
            text
          }
        }
      }
    }
  `,
  [ScheduleFields],
);

export const HistoryQuery = graphql(`
  query ScheduleHistory($id: ID!, $first: Int!, $after: String) {
    schedule(id: $id) {
      history(first: $first, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          at
          fate
          why
          sentence {
            key
            values
            text
          }
          answeredAt
          job {
            id
            ulid
            status
            outcome
          }
        }
      }
    }
  }
`);

export const PreviewCronQuery = graphql(`
  query PreviewCron($expression: String!, $zone: String, $name: String) {
    previewCron(expression: $expression, zone: $zone, name: $name, count: 5) {
      firings {
        at
        sentence {
          key
          values
          text
        }
      }
      problem
      hint
    }
  }
`);

/** The templates there are. */
export const TemplateNamesQuery = graphql(`
  query ScheduleTemplateNames($first: Int!) {
    templates(first: $first) {
      nodes {
        id
        name
      }
    }
  }
`);

/** What the jobs of a template take, and their usual hosts. */
export const TemplateQuery = graphql(`
  query ScheduleTemplate($name: String!) {
    template(name: $name) {
      id
      name
      definition {
        targets
        parameters
      }
    }
  }
`);

export const CreateSchedule = graphql(`
  mutation CreateSchedule($input: CreateScheduleInput!) {
    answer: createSchedule(input: $input) {
      schedule {
        id
      }
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export const UpdateSchedule = graphql(`
  mutation UpdateSchedule($input: UpdateScheduleInput!) {
    answer: updateSchedule(input: $input) {
      schedule {
        id
      }
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export const PauseSchedule = graphql(`
  mutation PauseSchedule($input: ScheduleReasonInput!) {
    answer: pauseSchedule(input: $input) {
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export const ResumeSchedule = graphql(`
  mutation ResumeSchedule($input: ScheduleReasonInput!) {
    answer: resumeSchedule(input: $input) {
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export const DeleteSchedule = graphql(`
  mutation DeleteSchedule($input: DeleteScheduleInput!) {
    answer: deleteSchedule(input: $input) {
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export const RunScheduleNow = graphql(`
  mutation RunScheduleNow($input: RunScheduleNowInput!) {
    answer: runScheduleNow(input: $input) {
      job {
        id
        ulid
      }
      userErrors {
        message
        hint
        path
      }
    }
  }
`);

export type ScheduleRow = ResultOf<typeof SchedulesQuery>["schedules"][number];
export type Calendar = ResultOf<typeof CalendarQuery>["calendar"];
export type Occurrence = Calendar["occurrences"][number];
export type Schedule = NonNullable<ResultOf<typeof ScheduleQuery>["schedule"]>;
type History = NonNullable<ResultOf<typeof HistoryQuery>["schedule"]>["history"];
export type PastMoment = History["nodes"][number];
export type Template = NonNullable<ResultOf<typeof TemplateQuery>["template"]>;
