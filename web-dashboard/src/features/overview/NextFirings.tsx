import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { Away, Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Nothing, Skeleton } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { type NextFiring, nextFirings } from "./firings";
import type { Schedule } from "./overview.query";
import { useSchedules } from "./useSchedules";

const MOST = 6;

/** What the clock starts next, at the reader's time. */
export function NextFirings() {
  const { t } = useTranslation();
  const { zone } = useFormat();
  const { schedules, error } = useSchedules();
  return (
    <Panel title={t("overview.next")} aside={<span className="text-sm text-ink-3">{zone}</span>}>
      {schedules !== null && <Schedules schedules={schedules} />}
      {schedules === null && error === null && <Skeleton label={t("state.loading")} lines={2} />}
      {schedules === null && error !== null && <Nothing>{t("state.refused")}</Nothing>}
    </Panel>
  );
}

function Schedules({ schedules }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation();
  const firings = nextFirings(schedules, MOST);
  const halted = schedules.filter(({ paused }) => paused);
  return (
    <>
      {firings.length === 0 ? (
        <Nothing>{t(schedules.length === 0 ? "overview.noSchedules" : "overview.noFirings")}</Nothing>
      ) : (
        <ol className="mt-1 border-t border-line">
          {firings.map((firing) => (
            <Row key={`${firing.schedule.id} ${firing.at}`} firing={firing} />
          ))}
        </ol>
      )}
      {halted.length > 0 && (
        <p className="px-4 py-1.5 text-sm break-words text-ink-3">
          {t("overview.paused", { names: halted.map(({ name }) => name).join(", ") })}
        </p>
      )}
    </>
  );
}

function Row({ firing: { schedule, at, sentence } }: { firing: NextFiring }) {
  const words = useWords();
  return (
    <li className="flex items-baseline gap-3 border-b border-line px-4 py-1.5">
      <span className="min-w-0 flex-1">
        <Link to={links.schedules({ schedule: schedule.id, moment: at })} className="block truncate font-medium hover:underline">
          {schedule.name}
        </Link>
        <span className="block truncate text-sm text-ink-3">{sentence === null ? schedule.template : words.said(sentence)}</span>
      </span>
      <span className="text-right whitespace-nowrap">
        <Moment at={at} />
        <span className="block text-sm text-ink-3">
          <Away at={at} />
        </span>
      </span>
    </li>
  );
}
