import { useQuery } from "urql";
import { graphql } from "./api/graphql";

const WhoQuery = graphql(`
  query Who {
    viewer {
      actor
    }
  }
`);

/** The name by which the log knows whoever looks at this; `null` until that is known. */
export function useViewer(): string | null {
  const [{ data }] = useQuery({ query: WhoQuery });
  return data?.viewer?.actor ?? null;
}
