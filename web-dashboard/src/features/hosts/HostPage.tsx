import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";
import { links } from "../../links";
import { testOf } from "../../selector/completion";
import { serviceTone } from "../../tones";
import { Badge } from "../../ui/Badge";
import { ButtonLink } from "../../ui/ButtonLink";
import { PageHeader } from "../../ui/PageHeader";
import { Skeleton, State } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { useAddress } from "../../useAddress";
import { useNow } from "../../useFormat";
import { type HostDetail, HostQuery } from "./host.query";
import { HostRecord } from "./HostRecord";
import { HostRuns } from "./HostRuns";
import { HostSituation } from "./HostSituation";

const FRESH_EVERY = 2_000;
const VIEWS = ["runs", "events"] as const;
type View = (typeof VIEWS)[number];

/** One server: whether it serves, who has it, and everything that ever happened to it. */
export function HostPage() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const [{ data, error }, refetch] = useQuery({ query: HostQuery, variables: { name } });
  const clock = useNow(FRESH_EVERY) + useSignal(generation);
  useEffect(() => refetch({ requestPolicy: "network-only" }), [clock, refetch]);
  if (data === undefined) {
    return error === undefined ? (
      <Skeleton label={t("state.loading")} lines={8} />
    ) : (
      <State page tone="failed" title={t("state.refused")}>
        {wordsOf(error)}
      </State>
    );
  }
  return data.host === null ? <Unknown name={name} /> : <Known host={data.host} clock={clock} />;
}

function Unknown({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <>
      <title>{`${name} · Stagger`}</title>
      <State
        page
        title={t("hostPage.unknown", { name })}
        action={
          <>
            <ButtonLink to={links.hosts({ q: name })}>{t("hostPage.search")}</ButtonLink>
            <ButtonLink to={links.audit({ host: name })}>{t("hostPage.audit")}</ButtonLink>
          </>
        }
      >
        {t("hostPage.unknownExplain")}
      </State>
    </>
  );
}

function Known({ host, clock }: { host: HostDetail; clock: number }) {
  const { t } = useTranslation();
  const [asked, setView] = useAddress("view");
  const view: View = VIEWS.find((view) => view === asked) ?? "runs";
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={host.name}
        heading={
          <>
            <Link to={links.hosts()} className="font-normal text-ink-3 hover:text-ink">
              {t("nav.hosts")}
            </Link>
            <span className="mx-1.5 font-normal text-ink-3">/</span>
            <span className="break-all">{host.name}</span>
          </>
        }
        actions={
          <>
            <ButtonLink look="quiet" to={links.audit({ host: host.name })}>
              {t("hostPage.audit")}
            </ButtonLink>
            <ButtonLink to={links.newJob({ targets: testOf("name", host.name) })}>{t("hostPage.newJob")}</ButtonLink>
          </>
        }
      >
        <Identity host={host} />
      </PageHeader>
      <HostSituation host={host} />
      <Tabs<View>
        label={t("hostPage.views")}
        value={view}
        onChoose={(next) => setView(next === "runs" ? "" : next)}
        choices={VIEWS.map((value) => ({ value, label: t(`hostView.${value}`) }))}
      />
      {view === "runs" ? <HostRuns name={host.name} clock={clock} /> : <HostRecord name={host.name} />}
    </div>
  );
}

/** What the inventory says of it. Each label and group leads to those that have the same. */
function Identity({ host }: { host: HostDetail }) {
  const { t } = useTranslation();
  const isOut = host.outOfServiceBecauseOf !== null;
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-3">
      <Badge tone={serviceTone({ isOut, needsAPerson: host.needsAPerson })}>{t(isOut ? "fleet.outOfService" : "fleet.inService")}</Badge>
      {host.address !== null && <code className="font-mono">{host.address}</code>}
      {host.source !== null && <span>{t("hostPage.from", { source: host.source })}</span>}
      <ul aria-label={t("hostPage.labels")} className="flex flex-wrap gap-1">
        {host.labels.map(({ name, value }) => (
          <Alike key={name} test={testOf(name, value)} />
        ))}
        {host.groups.map((group) => (
          <Alike key={`group ${group}`} test={testOf("group", group)} />
        ))}
      </ul>
    </div>
  );
}

function Alike({ test }: { test: string }) {
  return (
    <li>
      <Link to={links.hosts({ selector: test })} className="inline-block rounded-sm bg-sunk px-1 text-xs text-ink-2 hover:bg-hover hover:text-ink">
        {test}
      </Link>
    </li>
  );
}
