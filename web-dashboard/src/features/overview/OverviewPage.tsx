import { useTranslation } from "react-i18next";
import { useLive } from "../../api/useLive";
import { links } from "../../links";
import { attentionTone } from "../../tones";
import { ButtonLink } from "../../ui/ButtonLink";
import { Mark } from "../../ui/Mark";
import { Skeleton, State, Trouble } from "../../ui/State";
import { Beginning } from "./Beginning";
import { Ended } from "./Ended";
import { Figures } from "./Figures";
import { LastFailures } from "./LastFailures";
import { Needing } from "./Needing";
import { NextFirings } from "./NextFirings";
import { OutOfService } from "./OutOfService";
import { type Overview, OverviewLive, type OverviewJob } from "./overview.query";
import { UnderWay } from "./UnderWay";

const NO_VARIABLES = {};

/** Everything at once. What needs a person comes first and largest; when all is well the page is calm. */
export function OverviewPage() {
  const { t } = useTranslation();
  const { data, refused } = useLive(OverviewLive, NO_VARIABLES);
  if (data !== null) {
    return (
      <>
        <Trouble error={refused?.[0]?.message ?? null} title={t("state.notTold")} beside />
        <OverviewScreen overview={data.overview} />
      </>
    );
  }
  if (refused === null) return <Skeleton label={t("state.loading")} lines={8} />;
  return (
    <State page tone="failed" title={t("state.refused")}>
      {refused[0]?.message}
    </State>
  );
}

export function OverviewScreen({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { hosts, needing, underWay, ended } = overview;
  if (needing.length + underWay.length + ended.length === 0) {
    return (
      <>
        <title>{`${t("nav.overview")} · Stagger`}</title>
        <Beginning hosts={hosts} />
      </>
    );
  }
  return (
    <div className="flex min-h-full flex-col">
      <Headline needing={needing} count={overview.needingCount} />
      {needing.length > 0 && <Needing jobs={needing} />}
      <Figures overview={overview} />
      <div className="flex flex-1 flex-col border-t border-line lg:grid lg:grid-cols-[minmax(0,1fr)_400px]">
        {/* On a narrow screen: what goes on, what is out, what failed, what comes, and last what is over. */}
        <div className="min-w-0 max-lg:contents">
          <UnderWay jobs={underWay} count={overview.underWayCount} />
          <Ended jobs={ended} className="max-lg:order-last" />
        </div>
        <div className="min-w-0 border-line lg:border-l">
          <OutOfService overview={overview} />
          <LastFailures failures={overview.lastFailures} />
          <NextFirings />
        </div>
      </div>
    </div>
  );
}

/** The one line to read from across the room. The tab says it, too. */
function Headline({ needing, count }: { needing: readonly OverviewJob[]; count: number }) {
  const { t } = useTranslation();
  const tones = needing.map(({ attention }) => attentionTone(attention));
  if (needing.length === 0) {
    return (
      <header className="flex flex-wrap items-start gap-2 px-4 pt-4 pb-1">
        <title>{`${t("nav.overview")} · Stagger`}</title>
        <h1 className="tone-done flex items-baseline gap-2.5 text-xl font-semibold tracking-tight">
          <Mark tone="done" size={12} />
          {t("overview.calm")}
        </h1>
        <NewJob />
      </header>
    );
  }
  const said = t("overview.jobsNeeding", { count });
  return (
    <header className="flex flex-wrap items-start gap-2 px-4 pt-4 pb-3">
      <title>{`${said} · Stagger`}</title>
      <h1 className={`tone-${tones.includes("failed") ? "failed" : "deferred"} tone-text text-3xl leading-9 font-semibold tracking-tight`}>{said}</h1>
      <NewJob />
    </header>
  );
}

function NewJob() {
  const { t } = useTranslation();
  return (
    <div className="ml-auto">
      <ButtonLink to={links.newJob()} look="primary">
        {t("jobs.new")}
      </ButtonLink>
    </div>
  );
}
