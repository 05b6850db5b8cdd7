import { graphql } from "../../../api/graphql";
import { WorkflowFields } from "../../../rollout/workflow.query";

/** The workflow a job was created with. */
export const WorkflowQuery = graphql(
  `
    query JobWorkflow($job: ID!) {
      job(id: $job) {
        id
        definition {
          ...WorkflowFields
        }
      }
    }
  `,
  [WorkflowFields],
);
