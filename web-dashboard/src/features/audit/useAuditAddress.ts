import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

const FILTERS = ["job", "host", "actor", "kind", "from", "to"] as const;
type Filter = (typeof FILTERS)[number];

export interface AuditAddress {
  /** What is filtered by; empty where it is not. */
  values: Record<Filter, string>;
  filtered: boolean;
  set: (filter: Filter, value: string) => void;
  clear: () => void;
  /** The record that is open. */
  event: number | null;
  open: (position: number | null) => void;
}

/** What the address of the audit says: the filters, and the record that is open. */
export function useAuditAddress(): AuditAddress {
  const [search, setSearch] = useSearchParams();
  const change = useCallback(
    (changes: Partial<Record<Filter | "event", string>>) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value === "") after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  const event = Number(search.get("event") ?? "");
  return useMemo(() => {
    const values = Object.fromEntries(FILTERS.map((name) => [name, search.get(name) ?? ""])) as Record<Filter, string>;
    return {
      values,
      filtered: FILTERS.some((name) => values[name] !== ""),
      set: (filter, value) => change({ [filter]: value }),
      clear: () => change(Object.fromEntries(FILTERS.map((name) => [name, ""]))),
      event: Number.isSafeInteger(event) && event > 0 ? event : null,
      open: (position) => change({ event: position === null ? "" : String(position) }),
    };
  }, [search, event, change]);
}
