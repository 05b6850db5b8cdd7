import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { jobTone, FATE_TONE } from "../../tones";
import type { Tone } from "../../ui/tone";
import type { Format } from "../../format";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { sharedHosts } from "./layout";
import type { Occurrence, PastMoment } from "./schedules.query";

/** What is to be known of a moment at a glance: its tone, and in words what became of it or what will. */
export function toneOf({ fate, job }: Pick<PastMoment, "fate" | "job">): Tone {
  return job === null ? FATE_TONE[fate] : jobTone(job.status, job.outcome);
}

/** The tone of a block: that of its worst moment. */
export function toneOfAll(occurrences: readonly Occurrence[]): Tone {
  const tones = occurrences.map((one) => (sharedHosts([one]) > 0 ? "deferred" : toneOf(one)));
  return (["failed", "lost", "deferred", "running", "done", "waiting"] as const).find((tone) => tones.includes(tone)) ?? "cancelled";
}

/** Says things about moments in the reader's language. */
export interface Tell {
  /** What became of it, or what will, in a few words. */
  fate(moment: Pick<PastMoment, "fate" | "job">): string;
  /** How long its job took, or is predicted to take, and on what that rests; `null` where nothing is to be said. */
  length(occurrence: Occurrence): string | null;
  /** What clocks made of it, or why it was skipped; `null` where neither is to be said. */
  remark(moment: Pick<PastMoment, "sentence" | "why">): string | null;
  /** With how many hosts of how many other jobs it collides; `null` where with none. */
  collision(occurrences: readonly Occurrence[]): string | null;
}

export function useTell(): Tell {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  return {
    fate: ({ fate, job }) => {
      if (job === null) return t(`fate.${fate}`);
      return job.outcome === null ? t(`jobStatus.${job.status}`) : t(`jobOutcome.${job.outcome}`);
    },
    remark: ({ sentence, why }) => (sentence === null ? why : words.said(sentence)),
    length: (occurrence) => lengthOf(occurrence, t, format),
    collision(occurrences) {
      const hosts = sharedHosts(occurrences);
      return hosts === 0 ? null : t("schedules.collides", { count: hosts, hosts: format.number(hosts) });
    },
  };
}

function lengthOf({ job, fate, prediction, predictedFrom }: Occurrence, t: TFunction, format: Format): string | null {
  if (job !== null) {
    if (job.startedAt === null || job.finishedAt === null) return null;
    return t("schedules.took", { length: format.length(Date.parse(job.finishedAt) - Date.parse(job.startedAt)) });
  }
  if (prediction !== null && predictedFrom !== null) {
    const length = format.length(prediction.takes);
    return t(`schedules.predicted.${predictedFrom}`, { length, count: prediction.earlierJobs });
  }
  return fate === "EXPECTED" ? t("schedules.unpredicted") : null;
}
