import type { GraphQLFormattedError } from "graphql";
import { useEffect, useMemo, useRef, useState } from "react";
import { follow } from "../../../api/live";
import { type GridFeed, makeFeed } from "../../../rollout/grid/feed";
import { JobGrid } from "../../../rollout/grid/grid.query";
import { listenAgainAfter } from "../ended";
import type { Job } from "../job.query";

export interface GridStatus {
  feed: GridFeed;
  ready: boolean;
  /** Why the server does not tell any more; `null` once it does again. */
  refused: readonly GraphQLFormattedError[] | null;
}

/** Listens to a job's grid. After a break it goes on from the position it came to. */
export function useGrid(job: Pick<Job, "ulid" | "archived">): GridStatus {
  const { ulid } = job;
  const [status, setStatus] = useState<Omit<GridStatus, "feed">>({ ready: false, refused: null });
  const { feed, tell } = useMemo(() => feedOf(ulid), [ulid]);
  const latest = useRef(job);
  useEffect(() => {
    latest.current = job;
  });
  useEffect(() => {
    setStatus({ ready: feed.model.hosts > 0, refused: null });
    return follow(
      JobGrid,
      () => ({ job: ulid, after: feed.model.hosts > 0 ? feed.model.position : null }),
      {
        next({ jobGrid }) {
          tell(feed.model.take(jobGrid));
          setStatus((before) => (before.ready && before.refused === null ? before : { ready: true, refused: null }));
        },
        refused: (refused) => setStatus(({ ready }) => ({ ready, refused })),
        ended: () => listenAgainAfter(latest.current),
      },
    );
  }, [ulid, feed, tell]);
  return { feed, ...status };
}

// The job is named only so that another job gets another feed.
function feedOf(_job: string) {
  return makeFeed();
}
