import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { isEventKind } from "../../events/eventKinds";
import { eventTone } from "../../events/eventTone";
import { links } from "../../links";
import { Drawer } from "../../ui/Drawer";
import { Mark } from "../../ui/Mark";
import { Nothing, Skeleton, State } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { type AuditedEvent, EventQuery } from "./audit.query";
import { Payload } from "./Payload";
import { ProofSection } from "./ProofSection";
import { idIn } from "./stream";

/** All of one record, what it is about, and whether it is as it was written. */
export function EventDrawer({ position, onClose }: { position: number; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [answer] = useQuery({ query: EventQuery, variables: { position } });
  const event = answer.data?.event;
  const title = t("audit.record", { position: format.number(position) });
  return (
    <Drawer width="middle" label={title} heading={<h2 className="text-lg font-semibold">{title}</h2>} onClose={onClose}>
      {answer.error !== undefined && <State tone="failed" title={t("state.refused")}>{wordsOf(answer.error)}</State>}
      {answer.fetching && event === undefined && <Skeleton label={t("state.loading")} lines={6} />}
      {event === null && <Nothing>{t("audit.missing", { position: format.number(position) })}</Nothing>}
      {event !== null && event !== undefined && (
        <>
          <Said event={event} />
          <Fields event={event} />
          <Payload payload={event.payload} />
          <ProofSection key={event.position} event={event} />
        </>
      )}
    </Drawer>
  );
}

function Said({ event }: { event: AuditedEvent }) {
  const { t } = useTranslation();
  const words = useWords();
  const { kind, sentence, text } = event;
  return (
    <div className="px-4 pb-3">
      <p className="flex items-center gap-2 text-ink-2">
        <Mark tone={eventTone(event)} />
        {isEventKind(kind) && <span>{t(`event.${kind}`)}</span>}
        <code className="font-mono text-sm">{kind}</code>
      </p>
      <p className="mt-1 text-base break-words">{sentence === null ? text : words.said({ ...sentence, text })}</p>
      <Leads event={event} />
    </div>
  );
}

/** Where to go from here: what the record is about, and the job as it was right after it. */
function Leads({ event }: { event: AuditedEvent }) {
  const { t } = useTranslation();
  const job = idIn(event.stream, "job/");
  const schedule = idIn(event.stream, "schedule/");
  const { host, template, position } = event;
  const leads = [
    job !== null && { to: links.replay(job, position), label: t("audit.toReplay") },
    job !== null && { to: links.job(job), label: t("audit.toJob") },
    host !== null && { to: links.host(host), label: t("audit.toHost", { host }) },
    template !== null && { to: links.template(template), label: t("audit.toTemplate", { template }) },
    schedule !== null && { to: links.schedules({ schedule }), label: t("audit.toSchedule") },
  ].filter((lead) => lead !== false);
  if (leads.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
      {leads.map(({ to, label }) => (
        <li key={to}>
          <Link to={to} className="text-accent hover:underline">
            {label}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Fields({ event }: { event: AuditedEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-5 gap-y-1 border-t border-line px-4 py-3">
      <Field name={t("audit.field.at")}>
        <time dateTime={event.at}>{format.exact(event.at)}</time>
      </Field>
      <Field name={t("audit.field.actor")}>
        <Link to={links.audit({ actor: event.actor })} className="hover:underline">
          {event.actor}
        </Link>
      </Field>
      <Field name={t("audit.field.origin")}>{event.origin === "" ? t("audit.noOrigin") : event.origin}</Field>
      <Field name={t("audit.field.stream")}>
        <code className="font-mono break-all">{event.stream}</code>
        <span className="ml-2 text-ink-3">{t("audit.version", { version: format.number(event.version) })}</span>
      </Field>
      {event.host !== null && <Field name={t("audit.field.host")}>{event.host}</Field>}
      {event.step !== null && <Field name={t("audit.field.step")}>{event.step}</Field>}
      {event.batch !== null && <Field name={t("audit.field.batch")}>{event.batch}</Field>}
      {event.template !== null && <Field name={t("audit.field.template")}>{event.template}</Field>}
    </dl>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
