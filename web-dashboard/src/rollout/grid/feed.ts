import { GridModel } from "./model";

/** A grid that is kept up to date, and who wants to hear of it. Hosts that changed, or `null` for all of them. */
export interface GridFeed {
  model: GridModel;
  listen(listener: (changed: Uint32Array | null) => void): () => void;
}

/** An empty grid, and how to tell everybody who listens what of it changed. */
export function makeFeed() {
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
