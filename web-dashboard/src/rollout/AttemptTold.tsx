import { useTranslation } from "react-i18next";
import type { Enum } from "../api/graphql";
import { type AttemptOutcome, type AttemptStatus, attemptTone } from "../tones";
import { useFormat } from "../useFormat";

/** What is told of one attempt. */
export interface AttemptFacts {
  number: number;
  phase: Enum<"Phase">;
  status: AttemptStatus;
  outcome: AttemptOutcome | null;
  exitCode: number | null;
  took: number | null;
}

/** One attempt in a few words: which it is, what it is for, how it stands or ended, and how long it took. */
export function AttemptTold({ attempt }: { attempt: AttemptFacts }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { number, phase, status, outcome, exitCode, took } = attempt;
  return (
    <>
      <span>{t("attempt.number", { number })}</span>
      {phase !== "RUN" && <span>{t(`phase.${phase}`)}</span>}
      <span className={`tone-${attemptTone(status, outcome)} tone-text`}>
        {outcome === null ? t(`attemptStatus.${status}`) : t(`attemptOutcome.${outcome}`)}
      </span>
      {exitCode !== null && exitCode !== 0 && <span>{t("attempt.exit", { code: exitCode })}</span>}
      {took !== null && <span className="text-ink-3">{format.length(took)}</span>}
    </>
  );
}
