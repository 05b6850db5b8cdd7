import { graphql, type ResultOf } from "../api/graphql";

/** The steps one host goes through, and what happens when one fails for good. */
export const WorkflowFields = graphql(`
  fragment WorkflowFields on TemplateDefinition {
    onFailure
    workflow {
      index
      step
      action
      with
      when
      doneIf
      attempts
      retryDelay
      retryBackoff
      timeout
      undo
      undoWith
      always
      takesOutOfService
      returnsToService
      safePoint
      verifies
    }
  }
`);

export type Workflow = ResultOf<typeof WorkflowFields>;
export type WorkflowStep = Workflow["workflow"][number];

/** One action: what it takes, gives back and runs. */
export const ActionFields = graphql(`
  fragment ActionFields on Action {
    id
    name
    description
    parameters
    output
    timeout
    repeat
    verifiedBy
    on
    sudo
    script
    builtin
  }
`);

export type ActionInFull = ResultOf<typeof ActionFields>;

export const StepActionQuery = graphql(
  `
    query StepAction($name: String!) {
      action(name: $name) {
        ...ActionFields
      }
    }
  `,
  [ActionFields],
);
