import { graphql, type ResultOf, type VariablesOf } from "../../api/graphql";

export const JobSumsFields = graphql(`
  fragment JobSumsFields on JobSums {
    ended
    succeeded
    partial
    failed
    cancelled
    killed
    lengthP50
    lengthP95
    hostsPerMinute
  }
`);

export const HostSumsFields = graphql(`
  fragment HostSumsFields on HostSums {
    hosts
    touched
    ended
    succeeded
    failed
    lost
    unreachable
    inDoubt
    stopped
    notStarted
    successShare
    timeP50
    timeP95
  }
`);

export const StatisticsQuery = graphql(
  `
    query Statistics($from: DateTime!, $to: DateTime!, $zone: String!, $by: By!, $template: String) {
      statistics(from: $from, to: $to, zone: $zone, by: $by, template: $template) {
        from
        to
        by
        leftOut
        jobs {
          ...JobSumsFields
        }
        hosts {
          ...HostSumsFields
        }
        buckets {
          from
          to
          jobs {
            ...JobSumsFields
          }
          hosts {
            ...HostSumsFields
          }
        }
        byTemplate {
          template
          jobs {
            ...JobSumsFields
          }
          hosts {
            ...HostSumsFields
          }
        }
        errors(first: 100) {
          error
          sample
          hosts
          jobs
          lastJobUlid
          lastTemplate
          lastAt
        }
      }
    }
  `,
  [JobSumsFields, HostSumsFields],
);

export const ByLabelQuery = graphql(
  `
    query ByLabel($from: DateTime!, $to: DateTime!, $zone: String!, $by: By!, $template: String, $label: String!) {
      statistics(from: $from, to: $to, zone: $zone, by: $by, template: $template) {
        byLabel(label: $label) {
          label
          values {
            value
            jobs
            hosts {
              ...HostSumsFields
            }
          }
          others {
            ...HostSumsFields
          }
          without {
            ...HostSumsFields
          }
        }
      }
    }
  `,
  [HostSumsFields],
);

/** The labels that hosts have now, those of most hosts first. */
export const LabelNamesQuery = graphql(`
  query LabelNames {
    labels(values: 0) {
      labels {
        name
      }
    }
  }
`);

/** The templates that can be asked for. */
export const TemplateNamesQuery = graphql(`
  query TemplateNames {
    templates(first: 200) {
      nodes {
        id
        name
        version
      }
    }
  }
`);

export type Asked = VariablesOf<typeof StatisticsQuery>;
export type Statistics = ResultOf<typeof StatisticsQuery>["statistics"];
export type Bucket = Statistics["buckets"][number];
export type JobSums = ResultOf<typeof JobSumsFields>;
export type HostSums = ResultOf<typeof HostSumsFields>;
export type ErrorRow = Statistics["errors"][number];
export type ByLabel = ResultOf<typeof ByLabelQuery>["statistics"]["byLabel"];
export type TemplateName = ResultOf<typeof TemplateNamesQuery>["templates"]["nodes"][number];
