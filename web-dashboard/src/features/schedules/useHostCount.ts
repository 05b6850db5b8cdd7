import { useDeferredValue } from "react";
import { CountHostsQuery, TemplatesQuery, type Template } from "./schedules.query";
import { useRead } from "./useRead";
import type { ResultOf } from "../../api/graphql";

/** Hardly ever read again: it is asked anew when it changes. */
const FRESH_EVERY = 60_000;
const MOST_TEMPLATES = 200;

type HostCount = ResultOf<typeof CountHostsQuery>["countHosts"];

/** The templates that jobs can be created from. */
export function useTemplates(): readonly Template[] | undefined {
  return useRead(TemplatesQuery, { first: MOST_TEMPLATES }, FRESH_EVERY).data?.templates.nodes;
}

/** How many hosts a schedule's jobs would have: those of its selector, otherwise the template's. `null` until that is known. */
export function useHostCount(targets: string | null, template: string): HostCount | null {
  const templates = useTemplates();
  const own = targets === null || targets.trim() === "" ? null : targets;
  const selector = useDeferredValue(own ?? templates?.find(({ name }) => name === template)?.definition.targets ?? null);
  const { data } = useRead(CountHostsQuery, selector === null ? null : { selector }, FRESH_EVERY);
  return data?.countHosts ?? null;
}
