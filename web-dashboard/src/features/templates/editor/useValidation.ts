import { useAnswer } from "../../../api/useAnswer";
import { useSettled } from "../../../useThrottled";
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
  const { data, answered, error } = useAnswer(ValidateQuery, { source: useSettled(text, STANDS_STILL) });
  return { validation: data?.validateTemplate ?? null, stale: answered?.source !== text, error };
}
