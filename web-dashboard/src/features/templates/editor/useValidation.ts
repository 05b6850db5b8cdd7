import { useEffect, useState } from "react";
import { reader } from "../../../api/client";
import { useSettled } from "./useSettled";
import { ValidateQuery, type Validation } from "./editor.query";

const STANDS_STILL = 350;

export interface Validated {
  /** What the server said last; null until it has said anything. */
  validation: Validation | null;
  /** Whether that is about another text than the one there is now. */
  stale: boolean;
  error: string | null;
}

/** What is wrong with a text, asked whenever it has stood still. Only the answer about the newest text counts. */
export function useValidation(text: string): Validated {
  const settled = useSettled(text, STANDS_STILL);
  const [said, setSaid] = useState<{ text: string; validation: Validation | null; error: string | null } | null>(null);
  useEffect(() => {
    let current = true;
    async function ask() {
      const { data, error } = await reader.query(ValidateQuery, { source: settled }).toPromise();
      if (!current) return;
      setSaid((before) => ({
        text: settled,
        validation: data?.validateTemplate ?? before?.validation ?? null,
        error: data === undefined ? (error?.message ?? null) : null,
      }));
    }
    void ask();
    return () => {
      current = false;
    };
  }, [settled]);
  return { validation: said?.validation ?? null, stale: said?.text !== text, error: said?.error ?? null };
}
