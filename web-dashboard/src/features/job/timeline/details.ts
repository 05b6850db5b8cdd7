/* What an event's payload says that a reader wants in a line. Everything else stays in the log. */

export interface Details {
  /** Indexes in the plan, the workflow, and the list of batches. */
  host: number | null;
  step: number | null;
  batch: number | null;
  attempt: number | null;
  /** How many hosts it is about, where it is about many. */
  hosts: number | null;
  /** Words of a person or a script. */
  text: string | null;
  by: string | null;
  until: string | null;
  took: number | null;
}

export function detailsOf(payload: unknown): Details {
  const said = typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
  const number = (name: string) => (typeof said[name] === "number" ? said[name] : null);
  const text = (name: string) => (typeof said[name] === "string" && said[name] !== "" ? said[name] : null);
  return {
    host: number("host"),
    step: number("step"),
    batch: number("batch"),
    attempt: number("attempt"),
    hosts: Array.isArray(said["hosts"]) ? said["hosts"].length : null,
    text: text("error") ?? text("reason") ?? text("why"),
    by: text("by"),
    until: text("until"),
    took: number("took"),
  };
}
