import type { GraphQLFormattedError } from "graphql";
import { useEffect, useMemo, useState } from "react";
import { subscribe } from "../../../api/live";
import { JobGrid } from "./grid.query";
import { GridModel } from "./model";

/** A grid that is kept up to date, and who wants to hear of it. Hosts that changed, or `null` for all of them. */
export interface GridFeed {
  model: GridModel;
  listen(listener: (changed: Uint32Array | null) => void): () => void;
}

export interface GridStatus {
  feed: GridFeed;
  ready: boolean;
  refused: readonly GraphQLFormattedError[] | null;
}

/** Listens to a job's grid. After a break it goes on from the position it came to. */
export function useGrid(job: string): GridStatus {
  const [status, setStatus] = useState<Omit<GridStatus, "feed">>({ ready: false, refused: null });
  const { feed, tell } = useMemo(() => makeFeed(job), [job]);
  useEffect(() => {
    setStatus({ ready: feed.model.hosts > 0, refused: null });
    return subscribe(
      JobGrid,
      () => ({ job, after: feed.model.hosts > 0 ? feed.model.position : null }),
      {
        next({ jobGrid }) {
          tell(feed.model.take(jobGrid));
          setStatus((before) => (before.ready ? before : { ready: true, refused: null }));
        },
        refused: (refused) => setStatus({ ready: false, refused }),
      },
    );
  }, [job, feed, tell]);
  return { feed, ...status };
}

// The job is named only so that another job gets another feed.
function makeFeed(_job: string) {
  const listeners = new Set<(changed: Uint32Array | null) => void>();
  const feed: GridFeed = {
    model: new GridModel(),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const tell = (changed: Uint32Array | null) => {
    for (const listener of listeners) listener(changed);
  };
  return { feed, tell };
}
