import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useFormat } from "../../useFormat";
import { type Day, dayAt, dayFrom, isZone } from "../../zoned";

export const VIEWS = ["week", "month", "list"] as const;
export type View = (typeof VIEWS)[number];

/** What the address says. */
export interface Place {
  view: View;
  /** The day that is looked at; today where the address names none. */
  day: Day;
  today: Day;
  /** The zone whose clocks are shown. */
  zone: string;
  /** The schedule whose panel is open, and which of its moments. */
  schedule: string;
  moment: string;
  /** The form: `new`, or the schedule that is changed. */
  form: string;
  go: (changes: Partial<Record<"view" | "at" | "zone" | "schedule" | "moment" | "form", string>>) => void;
}

export function usePlace(now: number): Place {
  const [search, setSearch] = useSearchParams();
  const own = useFormat().zone;
  return useMemo(() => {
    const part = (name: string) => search.get(name) ?? "";
    const zone = part("zone") !== "" && isZone(part("zone")) ? part("zone") : own;
    const today = dayAt(now, zone);
    return {
      view: VIEWS.find((view) => view === part("view")) ?? "week",
      day: dayFrom(part("at")) ?? today,
      today,
      zone,
      schedule: part("schedule"),
      moment: part("moment"),
      form: part("form"),
      go(changes) {
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
        );
      },
    };
  }, [search, setSearch, own, now]);
}
