import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { Badge } from "../../ui/Badge";
import { useFormat } from "../../useFormat";
import { useCalendarFormat } from "./calendarFormat";
import { sharedHosts } from "./layout";
import { CalendarQuery, type Occurrence } from "./schedules.query";
import { toneOf, useTell } from "./tell";
import type { Place } from "./usePlace";
import { useRead } from "./useRead";

const FRESH_EVERY = 15_000;
const WEEK = 7 * 24 * 3_600_000;

/** The moment that was chosen on the calendar: what became of it, or what will, and with whom it collides. */
export function MomentDetail({ place, zone }: { place: Place; zone: string }) {
  const at = Date.parse(place.moment);
  const isMoment = !Number.isNaN(at);
  // What begins before it may still run then.
  const around = useRead(CalendarQuery, isMoment ? between(at - WEEK, at + WEEK) : null, FRESH_EVERY).data;
  const known = around?.calendar.occurrences.find(isMeant);
  // One answer holds so many moments: where schedules are many, those of the week before are all there is room for.
  const isCut = isMoment && known === undefined && around?.calendar.truncated === true;
  const fromIt = useRead(CalendarQuery, isCut ? between(at, at + WEEK) : null, FRESH_EVERY).data;
  const found = known ?? fromIt?.calendar.occurrences.find(isMeant);
  return found === undefined ? null : <Told occurrence={found} zone={zone} />;

  function isMeant({ schedule, at: other }: Occurrence) {
    return schedule.id === place.schedule && Date.parse(other) === at;
  }
}

const between = (from: number, to: number) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });

function Told({ occurrence, zone }: { occurrence: Occurrence; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const calendar = useCalendarFormat(zone);
  const tell = useTell();
  const { job, hosts, collisions, colliding } = occurrence;
  const remark = tell.remark(occurrence);
  const tone = sharedHosts([occurrence]) > 0 ? "deferred" : toneOf(occurrence);
  const length = tell.length(occurrence);
  return (
    <section aria-label={t("schedules.moment")} className={`tone-${tone} tone-panel mx-4 mb-2 px-3 py-2`}>
      <p className="flex flex-wrap items-baseline gap-x-3 font-medium">
        <time dateTime={occurrence.at}>{calendar.moment(occurrence.at)}</time>
        <Badge tone={toneOf(occurrence)}>{tell.fate(occurrence)}</Badge>
        {job !== null && (
          <Link to={links.job(job.ulid)} className="font-normal text-accent hover:underline">
            {t("schedules.openJob")}
          </Link>
        )}
      </p>
      {remark !== null && <p className="text-ink-2">{remark}</p>}
      {hosts !== null && <p className="text-ink-2">{t("schedules.wants", { count: hosts, hosts: format.number(hosts) })}</p>}
      {length !== null && <p className="text-ink-2">{length}</p>}
      {collisions.length > 0 && (
        <ul className="mt-1">
          {collisions.map((collision) => {
            const values = { name: collision.schedule.name, at: calendar.moment(collision.at), count: collision.hosts, hosts: format.number(collision.hosts) };
            return (
              <li key={`${collision.schedule.id} ${collision.at}`} className="text-ink">
                {collision.waits ? t("schedules.waitsFor", values) : t("schedules.defers", values)}
              </li>
            );
          })}
          {colliding > collisions.length && <li className="text-ink-2">{t("schedules.moreCollisions", { count: colliding - collisions.length })}</li>}
        </ul>
      )}
    </section>
  );
}
