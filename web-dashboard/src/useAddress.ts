import { useCallback } from "react";
import { useSearchParams } from "react-router";

const NOTHING: readonly string[] = [];

/**
 * One part of the address's search, and how to change it. Empty means it is not there. A change takes away what belonged
 * to the value before: `clears` must be the same list at every render.
 */
export function useAddress(name: string, clears: readonly string[] = NOTHING): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const other of [name, ...clears]) after.delete(other);
          if (value !== "") after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [name, clears, setSearch],
  );
  return [search.get(name) ?? "", set];
}
