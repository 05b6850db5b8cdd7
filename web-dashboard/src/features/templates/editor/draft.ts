/* A text that is not applied yet, kept in this tab until it is: a closed page or a lost session costs nobody their work. */

export interface Draft {
  text: string;
  /** The version it was made from; 0 for a new template. */
  base: number;
}

/** What a draft is kept under: a template's name, or null for a new one. */
const keyOf = (template: string | null) => `stagger.draft.${template ?? ""}`;

export function readDraft(template: string | null): Draft | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(template)) ?? "null");
    return isDraft(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function keepDraft(template: string | null, draft: Draft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(keyOf(template));
    else sessionStorage.setItem(keyOf(template), JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still edits.
  }
}

function isDraft(kept: unknown): kept is Draft {
  return typeof kept === "object" && kept !== null && "text" in kept && typeof kept.text === "string" && "base" in kept && typeof kept.base === "number";
}
