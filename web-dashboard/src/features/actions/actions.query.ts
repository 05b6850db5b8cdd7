import { graphql, type ResultOf } from "../../api/graphql";
import { ActionFields } from "../../rollout/workflow.query";

export const ActionsQuery = graphql(`
  query Actions($first: Int!, $after: String, $filter: ActionFilter) {
    actions(first: $first, after: $after, filter: $filter) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        name
        description
        on
        sudo
        timeout
        repeat
        builtin
        pack {
          id
          name
        }
      }
    }
  }
`);

export const actionsOf = (data: ResultOf<typeof ActionsQuery>) => data.actions;
export type ActionRow = ResultOf<typeof ActionsQuery>["actions"]["nodes"][number];

export const ActionPacksQuery = graphql(`
  query ActionPacks {
    packs {
      id
      name
      version
    }
  }
`);

export const ActionQuery = graphql(
  `
    query Action($name: String!) {
      action(name: $name) {
        ...ActionFields
        pack {
          id
          name
          version
        }
        usedBy {
          id
          name
          description
        }
      }
    }
  `,
  [ActionFields],
);

export type Action = NonNullable<ResultOf<typeof ActionQuery>["action"]>;
