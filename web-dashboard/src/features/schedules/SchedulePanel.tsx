import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Drawer } from "../../ui/Drawer";
import { Away, Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Nothing, Skeleton, State } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { useCalendarFormat } from "./calendarFormat";
import { History } from "./History";
import { MomentDetail } from "./MomentDetail";
import { type Intent, ScheduleDialog } from "./ScheduleDialog";
import { CronLine } from "./ScheduleList";
import { type Schedule, ScheduleQuery } from "./schedules.query";
import type { Place } from "./usePlace";
import { useRead } from "./useRead";

const FRESH_EVERY = 15_000;
const NEXT = 10;

interface SchedulePanelProps {
  place: Place;
  /** Grows when something was changed. */
  changes: number;
  onChange: () => void;
}

/** Everything about one schedule, beside the calendar it was opened from. */
export function SchedulePanel({ place, changes, onChange }: SchedulePanelProps) {
  const { t } = useTranslation();
  const [intent, setIntent] = useState<Intent | null>(null);
  const { data, error, again } = useRead(ScheduleQuery, { id: place.schedule, count: NEXT }, FRESH_EVERY);
  const close = () => place.go({ schedule: "", moment: "" });
  const schedule = data?.schedule;
  const done = (removed: boolean) => {
    setIntent(null);
    if (removed) close();
    else again();
    onChange();
  };
  const heading = <Heading schedule={schedule ?? null} />;
  return (
    <Drawer width="narrow" label={t("schedules.panel", { name: schedule?.name ?? "" })} heading={heading} onClose={close}>
      {error !== null && <State tone="failed" title={t("state.refused")}>{error}</State>}
      {schedule === undefined && error === null && <Skeleton label={t("state.loading")} lines={6} />}
      {schedule === null && <Nothing>{t("schedules.gone")}</Nothing>}
      {schedule !== null && schedule !== undefined && (
        <>
          {schedule.pause !== null && <Pause pause={schedule.pause} />}
          {place.moment !== "" && <MomentDetail place={place} zone={place.zone} />}
          <Actions schedule={schedule} place={place} onIntend={setIntent} />
          <Spec schedule={schedule} />
          <NextMoments schedule={schedule} zone={place.zone} />
          <History schedule={schedule.id} zone={place.zone} version={changes} />
        </>
      )}
      {intent !== null && schedule !== null && schedule !== undefined && (
        <ScheduleDialog schedule={schedule} intent={intent} onClose={() => setIntent(null)} onDone={done} />
      )}
    </Drawer>
  );
}

function Heading({ schedule }: { schedule: Schedule | null }) {
  const { t } = useTranslation();
  if (schedule === null) return null;
  return (
    <>
      <h2 className="flex flex-wrap items-baseline gap-x-3 text-lg font-semibold">
        {schedule.name}
        {schedule.paused && (
          <span className="text-base">
            <Badge tone="cancelled">{t("schedules.paused")}</Badge>
          </span>
        )}
      </h2>
      <Link to={links.template(schedule.template)} className="text-ink-2 hover:underline">
        {schedule.template}
      </Link>
    </>
  );
}

function Pause({ pause: { by, at, reason } }: { pause: NonNullable<Schedule["pause"]> }) {
  const { t } = useTranslation();
  return (
    <section className="tone-cancelled tone-panel mx-4 mb-2 px-3 py-2">
      <p className="font-medium">{reason === "" ? t("schedules.pausedBy", { by }) : t("schedules.pausedBecause", { by, reason })}</p>
      <p className="text-sm text-ink-2">
        <Away at={at} />
      </p>
    </section>
  );
}

function Actions({ schedule, place, onIntend }: { schedule: Schedule; place: Place; onIntend: (intent: Intent) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap gap-2 px-4 pb-2">
      {schedule.paused ? (
        <Button look="primary" onClick={() => onIntend("RESUME")}>
          {t("schedules.action.RESUME.verb")}
        </Button>
      ) : (
        <Button onClick={() => onIntend("PAUSE")}>{t("schedules.action.PAUSE.verb")}</Button>
      )}
      <Button onClick={() => place.go({ form: schedule.id })}>{t("schedules.edit")}</Button>
      <Button onClick={() => onIntend("RUN")}>{t("schedules.action.RUN.verb")}</Button>
      <Button look="danger" onClick={() => onIntend("DELETE")}>
        {t("schedules.action.DELETE.verb")}
      </Button>
    </div>
  );
}

function Spec({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const format = useFormat();
  const parameters = Object.entries((schedule.parameters ?? {}) as Record<string, unknown>);
  const missed = schedule.missed === "ALL" ? t("missed.ALL", { count: schedule.missedMax ?? 0 }) : t(`missed.${schedule.missed}`);
  const lines = [
    [t("schedules.field.targets"), schedule.targets === null ? t("schedules.ofTemplate") : <code key="targets" className="font-mono break-words">{schedule.targets}</code>],
    [t("schedules.field.overlap"), t(`overlap.${schedule.overlap}`)],
    [t("schedules.field.missed"), missed],
    [t("schedules.field.deadline"), schedule.deadline === null ? t("schedules.noDeadline") : format.length(schedule.deadline)],
    [t("schedules.field.createdBy"), schedule.createdBy],
    ...parameters.map(([name, value]) => [name, <code key={name} className="font-mono break-words">{JSON.stringify(value)}</code>] as const),
  ] as const;
  return (
    <section aria-label={t("schedules.spec")} className="border-t border-line px-4 py-2">
      <CronLine cron={schedule.cron} zone={schedule.zone} />
      <dl className="mt-2 grid grid-cols-[minmax(90px,auto)_1fr] gap-x-4 gap-y-0.5">
        {lines.map(([name, value], at) => (
          <div key={at} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function NextMoments({ schedule, zone }: { schedule: Schedule; zone: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const format = useCalendarFormat(zone);
  return (
    <Panel title={t("schedules.next")} aside={<span className="text-sm text-ink-3">{zone}</span>} className="border-t border-line">
      {schedule.queued !== null && (
        <p className="px-4 pt-1 tone-deferred tone-text">
          {t("schedules.queued")} <Moment at={schedule.queued} />
        </p>
      )}
      {schedule.next.length === 0 && <Nothing>{t("schedules.never")}</Nothing>}
      <ol className="px-4 pt-1 pb-2">
        {schedule.next.map(({ at, sentence }) => (
          <li key={at} className="grid grid-cols-[150px_1fr] items-baseline gap-x-3 py-0.5">
            <time dateTime={at} className={schedule.paused ? "text-ink-3 line-through" : ""}>
              {format.moment(at)}
            </time>
            <span className="text-sm text-ink-3">{sentence === null ? <Away at={at} /> : words.said(sentence)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
