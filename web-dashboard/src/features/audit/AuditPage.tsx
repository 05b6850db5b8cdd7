import { ShieldCheck } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { EventLine } from "../../events/EventLine";
import type { RecordedEvent } from "../../events/events.query";
import { FreshChip } from "../../events/FreshChip";
import type { EventFilter } from "../../events/readEvents";
import { useEvents } from "../../events/useEvents";
import { links } from "../../links";
import { Button } from "../../ui/Button";
import { useKeys } from "../../ui/keys";
import { PageHeader } from "../../ui/PageHeader";
import { Nothing, Skeleton, State, Trouble } from "../../ui/State";
import { type ListHandle, VirtualList } from "../../ui/VirtualList";
import { useFormat } from "../../useFormat";
import { KindsQuery } from "./audit.query";
import { EventDrawer } from "./EventDrawer";
import { Filters } from "./Filters";
import { kindsOf } from "./kindGroups";
import { type AuditAddress, useAuditAddress } from "./useAuditAddress";
import { useVerification } from "./useVerification";
import { VerificationPanel } from "./VerificationPanel";

/** Everything that was recorded, who caused it, and the proof that nobody changed it. */
export function AuditPage() {
  const { t } = useTranslation();
  const address = useAuditAddress();
  const filters = useRef<HTMLDivElement>(null);
  const verification = useVerification();
  const [closed, setClosed] = useState(true);
  const [kinds] = useQuery({ query: KindsQuery });
  const known = kinds.data?.eventKinds;
  useKeys([{ key: "/", label: t("keys.search"), run: () => filters.current?.querySelector("input")?.focus() }]);
  const verify = () => {
    setClosed(false);
    verification.begin();
  };
  return (
    <div className="flex min-h-full flex-col md:h-full">
      <PageHeader
        title={t("audit.title")}
        actions={
          <Button blocked={verification.running ? t("verify.isRunning") : null} onClick={verify}>
            <ShieldCheck size={14} aria-hidden="true" />
            {t("verify.begin")}
          </Button>
        }
      >
        <p className="text-ink-2">{t("audit.about")}</p>
      </PageHeader>
      {!closed && <VerificationPanel verification={verification} onClose={() => setClosed(true)} />}
      <Filters address={address} kinds={known ?? []} first={filters} />
      {/* Until the names are known, a group of them cannot be asked for. */}
      {known !== undefined && <Events address={address} known={known} />}
      {kinds.error !== undefined && <State tone="failed" title={t("state.refused")}>{wordsOf(kinds.error)}</State>}
      {address.event !== null && <EventDrawer position={address.event} onClose={() => address.open(null)} />}
    </div>
  );
}

function Events({ address, known }: { address: AuditAddress; known: readonly string[] }) {
  const { t } = useTranslation();
  const filter = useMemo(() => asked(address.values, known), [address.values, known]);
  const list = useRef<ListHandle>(null);
  const log = useEvents(filter);
  const { events, more, looking, error, older, onSight } = log;
  const trouble = <Trouble error={error} title={t("state.refused")} beside={events.length > 0} />;
  if (log.loading) {
    return (
      <>
        <Skeleton label={t("state.loading")} lines={8} />
        {looking && <Nothing>{t("events.looking")}</Nothing>}
      </>
    );
  }
  if (events.length === 0) {
    return error !== null ? trouble : <State title={address.filtered ? t("audit.noneFits") : t("audit.none")} action={address.filtered && <Button onClick={address.clear}>{t("audit.filter.clear")}</Button>} />;
  }
  return (
    <>
      {trouble}
      <div className="relative">
        <FreshChip log={log} onShow={() => list.current?.toTop()} />
      </div>
      <VirtualList<RecordedEvent>
        handle={list}
        label={t("audit.title")}
        rows={events}
        keyOf={({ position }) => position}
        rowHeight={29}
        columns={[
          { key: "event", label: t("audit.column.event"), className: "px-4" },
          { key: "job", label: t("audit.column.job") },
          { key: "position", label: t("audit.column.record"), className: "pr-4 text-right" },
        ]}
        grid="grid grid-cols-[minmax(0,1fr)_136px_88px]"
        minWidth="min-w-[640px]"
        height="h-[70dvh] md:h-auto md:min-h-0 md:flex-1"
        onSight={onSight}
        {...(more && { onNearEnd: older })}
      >
        {(event) => <Row event={event} open={event.position === address.event} onOpen={() => address.open(event.position)} />}
      </VirtualList>
      {log.full && <Nothing>{t("events.full", { count: events.length })}</Nothing>}
    </>
  );
}

export function Row({ event, open, onOpen }: { event: RecordedEvent; open: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { job } = event;
  return (
    <>
      <div role="cell" className={`min-w-0 ${open ? "bg-sunk shadow-[inset_2px_0_0_var(--accent)]" : ""}`}>
        <EventLine event={event} />
      </div>
      <div role="cell" className={`flex h-7 min-w-0 items-center ${open ? "bg-sunk" : ""}`}>
        {job !== null && (
          <Link to={links.job(job.ulid)} title={job.ulid} className="relative z-10 truncate text-ink-3 hover:text-ink hover:underline">
            {job.template ?? job.ulid}
          </Link>
        )}
      </div>
      <div role="cell" className={`flex h-7 items-center justify-end pr-4 ${open ? "bg-sunk" : ""}`}>
        <button
          type="button"
          aria-label={t("audit.open", { position: format.number(event.position) })}
          aria-expanded={open}
          onClick={onOpen}
          className="text-ink-3 tabular-nums after:absolute after:inset-0 hover:text-ink"
        >
          {format.number(event.position)}
        </button>
      </div>
    </>
  );
}

function asked({ job, host, actor, kind, from, to }: AuditAddress["values"], known: readonly string[]): EventFilter {
  const kinds = kindsOf(kind, known);
  return {
    ...(job !== "" && { job }),
    ...(host !== "" && { host }),
    ...(actor !== "" && { actor }),
    ...(from !== "" && { from }),
    ...(to !== "" && { to }),
    ...(kinds !== undefined && { kinds }),
  };
}
