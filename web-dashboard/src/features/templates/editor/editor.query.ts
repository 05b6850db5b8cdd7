import { graphql, type ResultOf, type VariablesOf } from "../../../api/graphql";

/** What is wrong with a text, while it is written. */
export const ValidateQuery = graphql(`
  query ValidateTemplate($source: String!) {
    validateTemplate(source: $source) {
      valid
      diagnostics {
        severity
        line
        column
        message
        help
      }
      definition {
        name
        targets
        parameters
        workflow {
          index
        }
      }
    }
  }
`);

export type Validation = ResultOf<typeof ValidateQuery>["validateTemplate"];
export type Diagnostic = Validation["diagnostics"][number];

export const SchemaQuery = graphql(`
  query TemplateSchema {
    templateSchema
  }
`);

/** Every action there is, a page at a time: what completion knows of them. */
export const KnownActionsQuery = graphql(`
  query KnownActions($after: String) {
    actions(first: 200, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        description
        on
        parameters
        output
      }
    }
  }
`);

export const DryRunQuery = graphql(`
  query DryRun($input: PreviewTemplateInput!) {
    previewTemplate(input: $input) {
      preview {
        plan {
          hosts
          stratifyBy
          batches {
            number
            size
            firstHosts
            stopsAt
            stage {
              size
              bake
              approve
            }
          }
        }
        userErrors {
          message
          hint
        }
      }
    }
  }
`);

export type DryRunInput = VariablesOf<typeof DryRunQuery>["input"];
export type DryRun = ResultOf<typeof DryRunQuery>["previewTemplate"];
