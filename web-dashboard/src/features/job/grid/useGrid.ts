import type { GraphQLFormattedError } from "graphql";
import { useEffect, useMemo, useState } from "react";
import { subscribe } from "../../../api/live";
import { type GridFeed, makeFeed } from "../../../rollout/grid/feed";
import { JobGrid } from "../../../rollout/grid/grid.query";

export interface GridStatus {
  feed: GridFeed;
  ready: boolean;
  refused: readonly GraphQLFormattedError[] | null;
}

/** Listens to a job's grid. After a break it goes on from the position it came to. */
export function useGrid(job: string): GridStatus {
  const [status, setStatus] = useState<Omit<GridStatus, "feed">>({ ready: false, refused: null });
  const { feed, tell } = useMemo(() => feedOf(job), [job]);
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
function feedOf(_job: string) {
  return makeFeed();
}
