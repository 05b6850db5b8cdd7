/* Moments between the address, which holds them in UTC, and the browser's field, which knows no zone. */

/** What the field shows of a moment, on the clock that is looked at. Empty where there is none. */
export function toField(moment: string, utc: boolean): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  const shown = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shown.toISOString().slice(0, 16);
}

/** The moment that was written into the field. Empty where it is none. */
export function fromField(text: string, utc: boolean): string {
  const date = new Date(utc ? `${text}Z` : text);
  return text === "" || Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
