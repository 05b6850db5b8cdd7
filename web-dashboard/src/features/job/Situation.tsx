import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { WAITING_TONE } from "../../tones";
import { Countdown } from "../../ui/Countdown";
import { Mark } from "../../ui/Mark";
import type { Tone } from "../../ui/tone";
import { useWords } from "../../useWords";
import type { Job } from "./job.query";

/** Tones that mean somebody should look. */
const LOUD: readonly Tone[] = ["deferred", "failed"];

/** What the job waits for, in words. Loud when it waits for a person, quiet when time alone will do. */
export function Situation({ job }: { job: Job }) {
  const { t } = useTranslation();
  const words = useWords();
  // Why it is held is said once, with its numbers; that somebody has to resume it follows.
  const waiting = job.waitingFor.filter(({ kind }) => kind !== "RESUME" || job.hold === null);
  if (job.hold === null && job.stopping === null && waiting.length === 0) return null;
  const tone: Tone = job.hold === null ? (waiting.map(({ kind }) => WAITING_TONE[kind]).find((tone) => LOUD.includes(tone)) ?? "running") : "deferred";
  const loud = LOUD.includes(tone);
  return (
    <section
      aria-label={t("situation.label")}
      className={`tone-${tone} border-t border-line px-4 py-2 ${loud ? "tone-panel" : ""}`}
    >
      {job.hold !== null && (
        <Line tone="deferred" title={t(`hold.${job.hold.kind}`)} strong>
          {words.hold(job.hold)}
        </Line>
      )}
      {job.stopping !== null && (
        <Line tone="cancelled" title={t(job.stopping.kill ? "stopping.kill" : "stopping.gentle", { actor: job.stopping.by })}>
          {job.stopping.reason}
        </Line>
      )}
      {/* Side by side while time alone will do: what comes and goes by the second must not move the page. */}
      <div className={loud ? "" : "flex flex-wrap gap-x-6"}>
      {waiting.map(({ kind, text, numbers, until }) => (
        <Line key={kind} tone={WAITING_TONE[kind]} title={t(`waiting.${kind}`)}>
          {words.waiting({ kind, text, numbers })}
          {until !== null && (
            <strong className="ml-2 font-semibold text-ink">
              <Countdown until={until} />
            </strong>
          )}
        </Line>
      ))}
      </div>
    </section>
  );
}

function Line({ tone, title, strong = false, children }: { tone: Tone; title: string; strong?: boolean; children: ReactNode }) {
  return (
    <p className={`tone-${tone} flex items-baseline gap-2 ${strong ? "text-lg" : ""}`}>
      <span className="translate-y-px">
        <Mark tone={tone} />
      </span>
      <span className="min-w-0">
        <strong className="tone-text font-semibold">{title}</strong>
        <span className="ml-2 break-words text-ink-2">{children}</span>
      </span>
    </p>
  );
}
