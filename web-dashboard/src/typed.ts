/** A value as a person would type it into a form: lists of texts a line each, anything else that is no text as JSON. */
export function typed(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join("\n");
  return JSON.stringify(value);
}
