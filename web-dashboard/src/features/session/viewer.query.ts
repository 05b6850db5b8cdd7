import { graphql } from "../../api/graphql";

export const ViewerQuery = graphql(`
  query Viewer {
    viewer {
      actor
      origin
    }
    server {
      version
    }
  }
`);
