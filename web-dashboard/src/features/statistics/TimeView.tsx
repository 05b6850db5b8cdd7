import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../useFormat";
import { Chart } from "./chart/Chart";
import { Line } from "./chart/Line";
import { lengthTicks, ticks } from "./chart/scale";
import { Stacks, StackSign } from "./chart/Stacks";
import { PART_TONE, PARTS, partsOf } from "./parts";
import { usePeriodFormat } from "./periodFormat";
import { PeriodTable } from "./PeriodTable";
import type { Bucket, HostSums, Statistics } from "./statistics.query";

const WHOLE = 10_000;
const SHARES = [0, 2_500, 5_000, 7_500, WHOLE];
const most = (values: readonly (number | null)[]) => Math.max(0, ...values.map((value) => value ?? 0));

interface Seen {
  buckets: readonly Bucket[];
  by: Statistics["by"];
  active: number | null;
  onActive: (at: number | null) => void;
}

/** How things went from period to period: four charts that point at the same one, and their figures as a table. */
export function TimeView({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const [active, setActive] = useState<number | null>(null);
  const { buckets, by } = statistics;
  const pointed = active === null || active >= buckets.length ? null : active;
  const seen = { buckets, by, active: pointed, onActive: setActive };
  return (
    <div className="pb-4">
      <div className="grid gap-x-6 xl:grid-cols-2">
        <Hosts {...seen} />
        <Success {...seen} />
        <Lengths {...seen} />
        <Throughput {...seen} />
      </div>
      <details className="px-4 pt-4">
        <summary className="cursor-pointer py-1 font-medium text-ink-2 hover:text-ink">{t("statistics.asTable")}</summary>
        <PeriodTable buckets={buckets} by={by} />
      </details>
    </div>
  );
}

/** What a chart has to say of its periods, besides what is drawn in it. */
function useSaid({ buckets, by, active }: Seen, value: (bucket: Bucket) => string) {
  const { t } = useTranslation();
  const periods = usePeriodFormat(by);
  const bucket = active === null ? undefined : buckets[active];
  const [first, last] = [buckets[0], buckets.at(-1)];
  return {
    count: buckets.length,
    name: (at: number) => periods.short(buckets[at]?.from ?? ""),
    reading: bucket === undefined ? null : `${periods.long(bucket.from, bucket.to)}: ${value(bucket)}`,
    summary: t("statistics.chart", {
      from: first === undefined ? "" : periods.long(first.from, first.to),
      to: last === undefined ? "" : periods.long(last.from, last.to),
    }),
  };
}

function Hosts(seen: Seen) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = (hosts: HostSums) =>
    PARTS.filter((part) => hosts[part] > 0)
      .map((part) => `${format.number(hosts[part])} ${t(`statistics.part.${part}`)}`)
      .join(", ") || t("statistics.nothing");
  const said = useSaid(seen, ({ hosts }) => words(hosts));
  const { buckets, active, onActive } = seen;
  return (
    <Chart
      {...said}
      title={t(`statistics.hostsBy.${seen.by}`)}
      reading={said.reading ?? <Legend />}
      ticks={ticks(most(buckets.map(({ hosts }) => hosts.ended)))}
      tick={format.rate}
      active={active}
      onActive={onActive}
    >
      {(plot) => <Stacks plot={plot} bars={buckets.map(({ hosts }) => partsOf(hosts))} />}
    </Chart>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap gap-x-3">
      {PARTS.map((part) => (
        <span key={part} className="inline-flex items-center gap-1.5">
          <StackSign tone={PART_TONE[part]} />
          {t(`statistics.part.${part}`)}
        </span>
      ))}
    </span>
  );
}

function Success(seen: Seen) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (value: number | null) => (value === null ? t("statistics.nothing") : format.share(value));
  const said = useSaid(seen, ({ hosts }) => share(hosts.successShare));
  const { buckets, active, onActive } = seen;
  return (
    <Chart {...said} title={t("statistics.success")} ticks={SHARES} tick={format.share} active={active} onActive={onActive}>
      {(plot) => <Line plot={plot} values={buckets.map(({ hosts }) => hosts.successShare)} colour="var(--done-ink)" active={active} />}
    </Chart>
  );
}

function Lengths(seen: Seen) {
  const { t } = useTranslation();
  const format = useFormat();
  const { buckets, active, onActive } = seen;
  const half = buckets.map(({ hosts }) => hosts.timeP50);
  const slow = buckets.map(({ hosts }) => hosts.timeP95);
  const said = useSaid(seen, ({ hosts: { timeP50, timeP95 } }) =>
    timeP50 === null || timeP95 === null
      ? t("statistics.nothing")
      : t("statistics.halfAndSlow", { half: format.length(timeP50), slow: format.length(timeP95) }),
  );
  return (
    <Chart
      {...said}
      title={t("statistics.time")}
      reading={said.reading ?? t("statistics.timeLegend")}
      ticks={lengthTicks(most(slow))}
      tick={format.length}
      active={active}
      onActive={onActive}
    >
      {(plot) => (
        <>
          <Line plot={plot} values={slow} colour="var(--running)" dashed active={active} />
          <Line plot={plot} values={half} colour="var(--running)" active={active} />
        </>
      )}
    </Chart>
  );
}

function Throughput(seen: Seen) {
  const { t } = useTranslation();
  const format = useFormat();
  const { buckets, active, onActive } = seen;
  const rates = buckets.map(({ jobs }) => jobs.hostsPerMinute);
  const said = useSaid(seen, ({ jobs }) => (jobs.hostsPerMinute === null ? t("statistics.nothing") : format.rate(jobs.hostsPerMinute)));
  return (
    <Chart {...said} title={t("statistics.throughput")} ticks={ticks(most(rates))} tick={format.rate} active={active} onActive={onActive}>
      {(plot) => <Line plot={plot} values={rates} colour="var(--accent)" active={active} />}
    </Chart>
  );
}
