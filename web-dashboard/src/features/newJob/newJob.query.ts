import { graphql, type ResultOf, type VariablesOf } from "../../api/graphql";
import { StageFields } from "../../rollout/plan.query";

export const TemplateChoicesQuery = graphql(`
  query TemplateChoices($first: Int!, $after: String) {
    templates(first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        version
        definition {
          description
          targets
          workflow {
            index
            step
          }
        }
      }
    }
  }
`);

/** All that a form is made from. */
export const TemplateFormQuery = graphql(
  `
    query TemplateForm($name: String!) {
      template(name: $name) {
        id
        name
        version
        removed
        definition {
          description
          parameters
          targets
          workflow {
            index
            step
          }
          batches {
            ...StageFields
          }
          concurrency
        }
      }
    }
  `,
  [StageFields],
);

/** How many batches of a plan are shown one by one. */
export const MOST_BATCHES = 100;

export const PreviewQuery = graphql(
  `
    query PreviewPlan($input: CreateJobInput!, $first: Int!) {
      previewPlan(input: $input) {
        plan {
          hash
          seed
          hosts
          stratifyBy
          strata {
            values
            hosts
          }
          stopsAt
          batchCount
          batches(first: $first) {
            number
            size
            firstHosts
            strata {
              values
              hosts
            }
            lacks
            lacking
            stopsAt
            stage {
              ...StageFields
            }
          }
        }
        templateVersion
        definition {
          concurrency
          ramp
          gates {
            signature
            totalMaxFailed
            totalMinSample
          }
        }
        prediction {
          takes
          bakes
          finishesAt
          earlierJobs
        }
        deferredNow {
          hosts
          outOfService
          names
          job {
            id
            ulid
            template
            status
            outcome
          }
        }
        userErrors {
          code
          message
          hint
          path
        }
      }
    }
  `,
  [StageFields],
);

export const CreateJob = graphql(`
  mutation CreateJob($input: CreateJobInput!) {
    createJob(input: $input) {
      job {
        id
        ulid
      }
      userErrors {
        code
        message
        hint
        path
      }
    }
  }
`);

export type TemplateChoice = ResultOf<typeof TemplateChoicesQuery>["templates"]["nodes"][number];
export type TemplateForm = NonNullable<ResultOf<typeof TemplateFormQuery>["template"]>;
export type Preview = ResultOf<typeof PreviewQuery>["previewPlan"];
export type Plan = NonNullable<Preview["plan"]>;
export type UserError = Preview["userErrors"][number];
export type CreateJobInput = VariablesOf<typeof CreateJob>["input"];
