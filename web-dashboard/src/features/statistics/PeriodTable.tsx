import { useTranslation } from "react-i18next";
import { useFormat } from "../../useFormat";
import { PARTS } from "./parts";
import { usePeriodFormat } from "./periodFormat";
import type { Bucket, Statistics } from "./statistics.query";
import { Cell, Head, Table } from "./Table";

/** The figures of the charts, for those who do not see them and for those who copy them. */
export function PeriodTable({ buckets, by }: { buckets: readonly Bucket[]; by: Statistics["by"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const periods = usePeriodFormat(by);
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  return (
    <Table label={t("statistics.asTable")} minWidth="min-w-[860px]" inset={false}>
      <thead>
        <tr>
          <Head>{t("statistics.column.period")}</Head>
          <Head right>{t("statistics.column.jobs")}</Head>
          {PARTS.map((part) => (
            <Head key={part} right>
              {t(`statistics.part.${part}`)}
            </Head>
          ))}
          <Head right>{t("statistics.column.share")}</Head>
          <Head right>{t("statistics.column.half")}</Head>
          <Head right>{t("statistics.column.slow")}</Head>
          <Head right>{t("statistics.column.rate")}</Head>
        </tr>
      </thead>
      <tbody>
        {buckets.map(({ from, to, jobs, hosts }) => (
          <tr key={from} className="border-b border-line">
            <th scope="row" className="py-1 pr-3 text-left font-normal whitespace-nowrap">
              {periods.long(from, to)}
            </th>
            <Cell right>{format.number(jobs.ended)}</Cell>
            {PARTS.map((part) => (
              <Cell key={part} right quiet={hosts[part] === 0}>
                {format.number(hosts[part])}
              </Cell>
            ))}
            <Cell right quiet={hosts.successShare === null}>{hosts.successShare === null ? "–" : format.share(hosts.successShare)}</Cell>
            <Cell right quiet={hosts.timeP50 === null}>{length(hosts.timeP50)}</Cell>
            <Cell right quiet={hosts.timeP95 === null}>{length(hosts.timeP95)}</Cell>
            <Cell right quiet={jobs.hostsPerMinute === null}>{jobs.hostsPerMinute === null ? "–" : format.rate(jobs.hostsPerMinute)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
