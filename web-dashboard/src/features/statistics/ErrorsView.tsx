import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { links } from "../../links";
import { Moment } from "../../ui/Moment";
import { Nothing } from "../../ui/State";
import { useFormat } from "../../useFormat";
import type { Statistics } from "./statistics.query";
import { Cell, Head, Table } from "./Table";

/** What went wrong over all jobs, on most hosts first. */
export function ErrorsView({ statistics: { errors } }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (errors.length === 0) return <Nothing>{t("statistics.noErrors")}</Nothing>;
  return (
    <Table label={t("statistics.view.errors")} minWidth="min-w-[680px]">
      <thead>
        <tr>
          <Head>{t("statistics.column.error")}</Head>
          <Head right>{t("statistics.column.hosts")}</Head>
          <Head right>{t("statistics.column.jobs")}</Head>
          <Head>{t("statistics.column.lastJob")}</Head>
        </tr>
      </thead>
      <tbody>
        {errors.map((row) => (
          <tr key={row.error} className="border-b border-line align-top hover:bg-hover">
            <th scope="row" className="py-1.5 pr-6 text-left font-normal">
              <code className="block max-w-[72ch] font-mono text-sm break-words">{row.sample}</code>
            </th>
            <Cell right>
              <span className="tone-failed tone-text font-semibold">{format.number(row.hosts)}</span>
            </Cell>
            <Cell right>{format.number(row.jobs)}</Cell>
            <Cell>
              <Link to={links.job(row.lastJobUlid, { error: row.error })} className="font-medium hover:underline">
                {row.lastTemplate}
              </Link>
              <span className="block text-sm text-ink-3">
                <Moment at={row.lastAt} />
              </span>
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
