import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "../../ui/ButtonLink";
import { PageHeader } from "../../ui/PageHeader";
import { Segmented } from "../../ui/Segmented";
import { Skeleton, STALE, State, Trouble } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { useAddress } from "../../useAddress";
import { useFormat, useNow } from "../../useFormat";
import { links } from "../../links";
import { ComplianceView } from "./compliance/ComplianceView";
import { ErrorsView } from "./ErrorsView";
import { Figures } from "./Figures";
import { LabelsView } from "./LabelsView";
import { DateField, TemplateField } from "./Fields";
import { type By, DAYS, type Days, noonOf, type Range, rangeOf } from "./range";
import { type Asked, type Statistics, StatisticsQuery, TemplateNamesQuery } from "./statistics.query";
import { TemplatesView } from "./TemplatesView";
import { TimeView } from "./TimeView";
import { useFigures } from "./useFigures";

const VIEWS = ["time", "templates", "labels", "errors", "compliance"] as const;
type View = (typeof VIEWS)[number];
const NO_VARIABLES = {};
const DATES = ["from", "to"] as const;
/** How often a range that goes up to now is moved on. */
const MOVED_EVERY = 60_000;

/** How jobs went over time, and which hosts are not done. */
export function StatisticsPage() {
  const { t } = useTranslation();
  const [viewText, setView] = useAddress("view");
  const [template, setTemplate] = useAddress("template");
  const templates = useFigures(TemplateNamesQuery, NO_VARIABLES).data?.templates.nodes ?? [];
  const view = VIEWS.find((view) => view === viewText) ?? "time";
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={t("nav.statistics")}
        actions={<TemplateField names={templates.map(({ name }) => name)} value={template} onChoose={setTemplate} needed={view === "compliance"} />}
      />
      <Tabs<View>
        label={t("nav.statistics")}
        value={view}
        onChoose={(view) => setView(view === "time" ? "" : view)}
        choices={VIEWS.map((value) => ({ value, label: t(`statistics.view.${value}`) }))}
      />
      {view === "compliance" ? <ComplianceView templates={templates} template={template} /> : <OverTime view={view} template={template} />}
    </div>
  );
}

function OverTime({ view, template }: { view: Exclude<View, "compliance">; template: string }) {
  const { t } = useTranslation();
  const { zone } = useFormat();
  const range = useRange();
  const asked: Asked = { from: range.from, to: range.to, by: range.by, zone, template: template === "" ? null : template };
  const { data, answered, stale, error } = useFigures(StatisticsQuery, asked);
  // What is refused now leaves nothing of what was asked before.
  const shown = stale && error !== null ? null : data;
  return (
    <div className="min-h-0 flex-1 lg:overflow-y-auto">
      <RangeBar range={range} />
      <Trouble error={error} title={t("state.refused")} beside={shown !== null} />
      {data === null && error === null && <Skeleton label={t("state.loading")} lines={8} />}
      {shown !== null && answered !== null && (
        <div className={stale ? STALE : ""} aria-busy={stale}>
          <Shown view={view} statistics={shown.statistics} asked={answered} />
        </div>
      )}
    </div>
  );
}

function Shown({ view, statistics, asked }: { view: Exclude<View, "compliance">; statistics: Statistics; asked: Asked }) {
  const { t } = useTranslation();
  if (statistics.jobs.ended === 0) {
    return (
      <State title={t("statistics.none")} action={<ButtonLink to={links.newJob()}>{t("statistics.newJob")}</ButtonLink>}>
        {t("statistics.noneExplain")}
      </State>
    );
  }
  return (
    <>
      <Figures statistics={statistics} />
      {statistics.leftOut > 0 && <p className="px-4 pb-2 text-sm text-ink-2">{t("statistics.leftOut", { count: statistics.leftOut })}</p>}
      {view === "time" && <TimeView statistics={statistics} />}
      {view === "templates" && <TemplatesView statistics={statistics} />}
      {view === "labels" && <LabelsView asked={asked} />}
      {view === "errors" && <ErrorsView statistics={statistics} />}
    </>
  );
}

/** The time the address means, moved on while it is looked at. */
function useRange(): Range {
  const [days] = useAddress("days");
  const [from] = useAddress("from");
  const [to] = useAddress("to");
  const [by] = useAddress("by");
  const { zone } = useFormat();
  const now = Math.floor(useNow(MOVED_EVERY) / MOVED_EVERY) * MOVED_EVERY;
  return useMemo(() => rangeOf({ days, from, to, by }, now, noonOf(zone)), [days, from, to, by, now, zone]);
}

function RangeBar({ range }: { range: Range }) {
  const { t } = useTranslation();
  const [, setDays] = useAddress("days", DATES);
  const [from, setFrom] = useAddress("from");
  const [to, setTo] = useAddress("to");
  const [, setBy] = useAddress("by");
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3">
      <Segmented<Days | "dates">
        label={t("statistics.range")}
        value={range.days ?? "dates"}
        onChoose={(days) => days !== "dates" && setDays(days)}
        choices={DAYS.map((value) => ({ value, label: t("statistics.days", { count: Number(value) }) }))}
      />
      <DateField label={t("statistics.from")} value={from} max={to} onChange={setFrom} />
      <DateField label={t("statistics.to")} value={to} min={from} onChange={setTo} />
      <div className="sm:ml-auto">
        <Segmented<By>
          label={t("statistics.by")}
          value={range.by}
          onChoose={setBy}
          choices={range.choices.map((value) => ({ value, label: t(`statistics.period.${value}`) }))}
        />
      </div>
    </div>
  );
}
