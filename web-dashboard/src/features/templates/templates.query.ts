import { graphql, type ResultOf } from "../../api/graphql";
import { WorkflowFields } from "../../rollout/workflow.query";

export const TemplatesQuery = graphql(`
  query Templates($first: Int!, $after: String, $search: String) {
    templates(first: $first, after: $after, search: $search) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        description
        version
        appliedAt
        appliedBy
        pack
        definition {
          workflow {
            index
          }
        }
        lastJob {
          id
          ulid
          status
          outcome
          createdAt
        }
      }
    }
  }
`);

export const templatesOf = (data: ResultOf<typeof TemplatesQuery>) => data.templates;
export type TemplateRow = ResultOf<typeof TemplatesQuery>["templates"]["nodes"][number];

export const PacksQuery = graphql(`
  query TemplatePacks {
    packs {
      id
      name
      version
      actions {
        id
      }
      templates {
        id
      }
    }
  }
`);

export const TemplateQuery = graphql(
  `
    query Template($name: String!) {
      template(name: $name) {
        id
        name
        description
        version
        source
        appliedAt
        appliedBy
        removed
        pack
        definition {
          parameters
          targets
          ...WorkflowFields
        }
      }
    }
  `,
  [WorkflowFields],
);

export type Template = NonNullable<ResultOf<typeof TemplateQuery>["template"]>;

export const VersionsQuery = graphql(`
  query TemplateVersions($name: String!) {
    template(name: $name) {
      id
      versions {
        version
        source
        appliedAt
        appliedBy
      }
    }
  }
`);

export type Version = NonNullable<ResultOf<typeof VersionsQuery>["template"]>["versions"][number];

export const ApplyTemplate = graphql(`
  mutation ApplyTemplate($input: ApplyTemplateInput!) {
    answer: applyTemplate(input: $input) {
      template {
        id
        name
        version
      }
      userErrors {
        code
        message
        hint
      }
    }
  }
`);

/** Which template each schedule is for. */
export const UsesQuery = graphql(`
  query UsesOfTemplates {
    schedules {
      id
      name
      template
    }
  }
`);

export const RemoveTemplate = graphql(`
  mutation RemoveTemplate($input: RemoveTemplateInput!) {
    answer: removeTemplate(input: $input) {
      template {
        id
        removed
      }
      userErrors {
        message
        hint
      }
    }
  }
`);
