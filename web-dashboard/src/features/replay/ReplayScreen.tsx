import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EventLine } from "../../events/EventLine";
import { links } from "../../links";
import { CountFigures } from "../../rollout/CountFigures";
import { BatchBars, chosenBatch } from "../../rollout/rail/BatchBars";
import { BatchFacts, Fact } from "../../rollout/rail/BatchFacts";
import { sharesOf } from "../../rollout/shares";
import { JobBadge } from "../../rollout/JobBadge";
import { ButtonLink } from "../../ui/ButtonLink";
import { useKeys } from "../../ui/keys";
import { Moment as OnTheClock } from "../../ui/Moment";
import { Skeleton, State } from "../../ui/State";
import { StackedBar } from "../../ui/StackedBar";
import { useAddress } from "../../useAddress";
import { useWords } from "../../useWords";
import { Controls } from "./Controls";
import { usualSpeed } from "./course";
import { HostThen } from "./HostThen";
import { Milestones } from "./Milestones";
import { PastGrid } from "./PastGrid";
import type { Moment, Replayed } from "./replay.query";
import { Slider } from "./Slider";
import { usePlaying } from "./usePlaying";
import { useWhere } from "./useWhere";

/** The slider over the job's time, and below it the job as it was there. */
export function ReplayScreen({ job }: { job: Replayed }) {
  const { t } = useTranslation();
  const { history } = job;
  const where = useWhere(job.ulid, history);
  const [speed, setSpeed] = useState(() => usualSpeed(history));
  const playing = usePlaying(speed, where.busy, where.advance);
  const [host, setHost] = useAddress("host");
  const { moment, at } = where;
  const byHand = (move: () => void) => () => {
    playing.stop();
    move();
  };
  const play = () => {
    if (!playing.playing && where.isLast) where.toFirst();
    playing.toggle();
  };
  useKeys([
    { key: "ArrowLeft", label: t("replay.stepBack"), run: byHand(() => where.step(-1)) },
    { key: "ArrowRight", label: t("replay.stepOn"), run: byHand(() => where.step(1)) },
    { key: "[", label: t("replay.before"), run: byHand(() => where.toBefore?.()) },
    { key: "]", label: t("replay.after"), run: byHand(() => where.toAfter?.()) },
    { key: "k", label: t("replay.play"), run: play },
  ]);
  return (
    <div className="flex min-h-full flex-col lg:h-full lg:min-h-[760px]">
      <Head job={job} moment={moment} />
      <section aria-label={t("replay.time")} className="border-t border-line">
        <Controls
          at={at}
          playing={playing.playing}
          speed={speed}
          onSpeed={setSpeed}
          onPlay={play}
          onFirst={byHand(where.toFirst)}
          onLast={byHand(where.toLast)}
          onBefore={where.toBefore === null ? null : byHand(where.toBefore)}
          onAfter={where.toAfter === null ? null : byHand(where.toAfter)}
        />
        <Slider
          history={history}
          hosts={job.plan.hosts}
          at={at}
          onMoment={(at) => byHand(() => where.toMoment(at))()}
          onStep={(by) => byHand(() => where.step(by))()}
        />
        <div aria-live={playing.playing ? "off" : "polite"} className="flex h-16 items-center overflow-hidden sm:h-9">
          <div className="min-w-0 flex-1">{moment !== null && <EventLine roomy event={moment.event} />}</div>
        </div>
      </section>
      {where.error !== null && <State tone="failed" title={t("state.refused")}>{where.error}</State>}
      {where.error === null && moment === null && (where.before ? <State title={t("replay.notYet")} /> : <Skeleton label={t("state.loading")} lines={8} />)}
      {moment !== null && (
        <>
          <Rail moment={moment} />
          <div className="flex min-h-0 flex-1 flex-col border-t border-line lg:grid lg:grid-cols-[minmax(0,1fr)_340px] lg:grid-rows-[minmax(0,1fr)]">
            <PastGrid job={job} moment={moment} host={host} onHost={setHost} />
            <aside className="flex min-h-0 min-w-0 flex-col border-line max-lg:border-t lg:border-l">
              {host !== "" && <HostThen job={job.ulid} position={moment.position} host={host} onClose={() => setHost("")} />}
              <Milestones
                marks={history.marks}
                position={moment.position}
                onMark={(mark) => byHand(() => where.toPosition(mark.position))()}
              />
            </aside>
          </div>
        </>
      )}
    </div>
  );
}

function Head({ job, moment }: { job: Replayed; moment: Moment | null }) {
  const { t } = useTranslation();
  const title = t("replay.title", { template: job.template });
  return (
    <header>
      <title>{`${title} · Stagger`}</title>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3">
        <h1 className="text-xl font-semibold tracking-tight">
          <Link to={links.jobs()} className="font-normal text-ink-3 hover:text-ink">
            {t("nav.jobs")}
          </Link>
          <span className="mx-1.5 font-normal text-ink-3">/</span>
          <Link to={links.job(job.ulid)} className="font-normal text-ink-3 hover:text-ink">
            {job.template}
          </Link>
          <span className="mx-1.5 font-normal text-ink-3">/</span>
          {t("replay.link")}
        </h1>
        {moment !== null && <JobBadge still job={moment} />}
        {moment !== null && <Held moment={moment} />}
        <div className="ml-auto">
          <ButtonLink to={links.job(job.ulid)}>{t("replay.now")}</ButtonLink>
        </div>
      </div>
      {moment !== null && (
        <>
          <StackedBar shares={sharesOf(moment.counts)} className="mx-4 mt-3 h-2 gap-px rounded-sm" />
          <CountFigures counts={moment.counts} />
        </>
      )}
    </header>
  );
}

/** Why nobody was admitted, and who was stopping it. */
function Held({ moment }: { moment: Moment }) {
  const { t } = useTranslation();
  const words = useWords();
  const { hold, stopping } = moment;
  if (hold === null && stopping === null) return null;
  const why =
    hold === null
      ? t(stopping?.kill === true ? "replay.killedBy" : "replay.stoppedBy", { actor: stopping?.by, reason: stopping?.reason })
      : words.hold(hold);
  // In a line of its own it would push the grid down and up again while the time moves.
  return (
    <p className="min-w-0 basis-60 grow truncate text-ink-2" title={why}>
      {why}
    </p>
  );
}

function Rail({ moment }: { moment: Moment }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useAddress("batch");
  const current = moment.currentBatch?.number;
  const chosen = chosenBatch(moment.batches, current, asked);
  return (
    <section aria-label={t("rail.label")} className="border-t border-line pt-3">
      <BatchBars
        batches={moment.batches}
        current={current}
        chosen={chosen?.number}
        onChoose={(batch) => setAsked(batch === current ? "" : String(batch))}
      />
      {chosen !== undefined && (
        <BatchFacts batch={chosen} of={moment.batches.length}>
          {chosen.bakeUntil !== null && (
            <Fact name={t("replay.bakeUntil")}>
              <OnTheClock at={chosen.bakeUntil} />
            </Fact>
          )}
          {chosen.approvalUntil !== null && (
            <Fact name={t("replay.approvalUntil")}>
              <OnTheClock at={chosen.approvalUntil} />
            </Fact>
          )}
          {chosen.passedAt !== null && (
            <Fact name={t("replay.passed")}>
              <OnTheClock at={chosen.passedAt} />
            </Fact>
          )}
        </BatchFacts>
      )}
    </section>
  );
}
