import { links } from "../../links";
import { typed } from "../../typed";
import type { Sealed } from "./job.query";

interface Schema {
  properties?: Record<string, { writeOnly?: boolean; default?: unknown }>;
}

/** The form of a new job, filled in as this one was. References to secrets are not put into an address. */
export function again({ template, parameters, definition }: Pick<Sealed, "template" | "parameters"> & { definition: Pick<Sealed["definition"], "parameters" | "targets"> }): string {
  const { properties = {} } = (definition.parameters ?? {}) as Schema;
  const given = Object.entries((parameters ?? {}) as Record<string, unknown>).filter(([name, value]) => {
    const property = properties[name];
    return value !== null && property?.writeOnly !== true && JSON.stringify(value) !== JSON.stringify(property?.default);
  });
  return links.newJob({
    template,
    parameters: Object.fromEntries(given.map(([name, value]) => [name, typed(value)])),
    ...(definition.targets === null ? {} : { targets: definition.targets }),
  });
}
