import { useEffect, useState } from "react";

const SHOWN_FOR = 2_000;
const FAILURE_SHOWN_FOR = 8_000;

export type Copied = "copied" | "failed" | null;

/** Puts texts on the clipboard, and says for a while what came of it. */
export function useCopy(): [Copied, (text: string) => void] {
  const [copied, setCopied] = useState<Copied>(null);
  useEffect(() => {
    if (copied === null) return undefined;
    const timer = setTimeout(() => setCopied(null), copied === "copied" ? SHOWN_FOR : FAILURE_SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (text: string) => setCopied((await copyText(text)) ? "copied" : "failed");
  return [copied, (text) => void copy(text)];
}

/** Whether a text got onto the clipboard. A page that came by plain HTTP has none to write to, but may still copy what is chosen. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyChosen(text);
  }
}

function copyChosen(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "sr-only";
  // Inside a dialog nothing outside may be chosen.
  (before?.parentElement ?? document.body).append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
