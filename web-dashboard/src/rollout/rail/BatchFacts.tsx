import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { BATCH_STATUS_TONE } from "../../tones";
import { Badge } from "../../ui/Badge";
import { Moment } from "../../ui/Moment";
import { useFormat } from "../../useFormat";
import type { Batch } from "../batch.query";
import { useStageWords } from "../stageWords";
import { useStopsWords } from "../stopsWords";

/** One batch and its gate in a line: how far it is, and where it stops. What runs out stands before when it was opened. */
export function BatchFacts({ batch, of, children, aside }: {
  batch: Batch;
  /** How many batches there are. */
  of: number;
  children?: ReactNode;
  aside?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 px-4 pb-2">
      <h2 className="font-semibold">
        {t("batch.title", { number: batch.number, count: of })}
        <span className="ml-1.5 font-normal text-ink-3">{kindOf(batch)}</span>
      </h2>
      <Badge tone={BATCH_STATUS_TONE[batch.status]}>{t(`batchStatus.${batch.status}`)}</Badge>
      <Tally batch={batch} />
      <Verdict batch={batch} />
      {children}
      <Approvers batch={batch} />
      {batch.openedAt !== null && (
        <Fact name={t("batch.opened")}>
          <Moment at={batch.openedAt} />
        </Fact>
      )}
      {aside}
    </div>
  );

  function kindOf({ canary, kind, stage }: Batch): string {
    if (kind !== "PLANNED") return t(`batchKind.${kind}`);
    const size = stage === null ? "" : t(stage.upTo ? "batch.stageUpTo" : "batch.stage", { size: stage.amount });
    return canary ? `${t("batch.canary")} · ${size}` : size;
  }
}

function Tally({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Fact name={t("batch.settled")}>
      {format.number(batch.counts.settled)} / {format.number(batch.size)}
    </Fact>
  );
}

/** What the gate counts, against where it stops. */
function Verdict({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { failed } = batch.counts;
  return (
    <Fact name={t("batch.failed")} look={failed > 0 ? "tone-failed tone-text" : ""}>
      {format.number(failed)}
      <span className="ml-1.5 font-normal text-ink-3">
        {useStopsWords()(batch.stopsAt)}
      </span>
    </Fact>
  );
}

/** Who has to agree before the next batch opens, as long as that is to come. */
function Approvers({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const words = useStageWords();
  const isOver = batch.status === "APPROVED" || batch.status === "PASSED" || batch.status === "CLOSED";
  if (!batch.approve || isOver) return null;
  return <Fact name={t("batch.approvers")}>{words.approvers(batch.stage)}</Fact>;
}

/** A number that a limit of the whole job is held against. */
export function Limit({ name, value, most, look }: { name: string; value: number; most: string; look: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Fact name={name} look={value > 0 ? look : ""}>
      {format.number(value)}
      <span className="ml-1.5 font-normal text-ink-3">{t("batch.atMost", { most })}</span>
    </Fact>
  );
}

/** One thing to know, by its name. */
export function Fact({ name, look = "", children }: { name: string; look?: string; children: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <span className="mr-1.5 text-ink-3">{name}</span>
      <span className={`font-semibold ${look}`}>{children}</span>
    </span>
  );
}
