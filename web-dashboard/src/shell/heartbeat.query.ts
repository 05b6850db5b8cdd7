import { graphql } from "../api/graphql";

/** Keeps the connection, and says nothing: no stream of the log has such a name. */
export const Heartbeat = graphql(`
  subscription Heartbeat {
    events(filter: { stream: "-" }) {
      position
    }
  }
`);
