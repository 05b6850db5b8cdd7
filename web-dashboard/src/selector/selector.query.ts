import { graphql, type ResultOf } from "../api/graphql";

/** Names and values that complete a selector: of every label, or of the one whose value is typed. */
export const CompletionsQuery = graphql(`
  query Completions($name: String, $text: String, $values: Int) {
    labels(name: $name, text: $text, values: $values) {
      labels {
        name
        hosts
        values {
          value
          hosts
        }
      }
      groups {
        value
        hosts
      }
    }
  }
`);

export type Completions = ResultOf<typeof CompletionsQuery>["labels"];

/** Why a selector cannot be read, and where. */
export interface SelectorProblem {
  offset: number;
  message: string;
  hint: string;
}

/** How many hosts a selector chooses, and the first of them. */
export const CountHostsQuery = graphql(`
  query CountHosts($selector: String!) {
    countHosts(selector: $selector) {
      count
      hosts
      problem {
        offset
        message
        hint
      }
    }
  }
`);

export type HostCount = ResultOf<typeof CountHostsQuery>["countHosts"];
