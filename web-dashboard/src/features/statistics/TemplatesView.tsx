import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { useFormat } from "../../useFormat";
import { HostCells, HostHeads } from "./HostCells";
import type { Statistics } from "./statistics.query";
import { Cell, Head, Table } from "./Table";

/** The templates that were used, those of most hosts first. */
export function TemplatesView({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  return (
    <Table label={t("statistics.view.templates")} minWidth="min-w-[980px]">
      <thead>
        <tr>
          <Head>{t("statistics.column.template")}</Head>
          <Head right>{t("statistics.column.jobs")}</Head>
          <HostHeads />
          <Head right>{t("statistics.column.length")}</Head>
          <Head right>{t("statistics.column.rate")}</Head>
        </tr>
      </thead>
      <tbody>
        {statistics.byTemplate.map(({ template, jobs, hosts }) => (
          <tr key={template} className="border-b border-line hover:bg-hover">
            <th scope="row" className="py-1.5 pr-3 text-left font-medium">
              <Link to={links.template(template)} className="hover:underline">
                {template}
              </Link>
            </th>
            <Cell right>{format.number(jobs.ended)}</Cell>
            <HostCells hosts={hosts} />
            <Cell right quiet={jobs.lengthP50 === null}>{length(jobs.lengthP50)}</Cell>
            <Cell right quiet={jobs.hostsPerMinute === null}>{jobs.hostsPerMinute === null ? "–" : format.rate(jobs.hostsPerMinute)}</Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
