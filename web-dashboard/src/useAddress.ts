import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** One part of the address's search, and how to change it. Empty means it is not there. */
export function useAddress(name: string): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === "") after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: true },
      ),
    [name, setSearch],
  );
  return [search.get(name) ?? "", set];
}
