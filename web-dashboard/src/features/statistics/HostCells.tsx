import { useTranslation } from "react-i18next";
import { StackedBar } from "../../ui/StackedBar";
import { useFormat } from "../../useFormat";
import { PARTS, PART_TONE } from "./parts";
import type { HostSums } from "./statistics.query";
import { Cell, Head } from "./Table";

/** The heads of what is said of hosts in every table. */
export function HostHeads() {
  const { t } = useTranslation();
  return (
    <>
      <Head right>{t("statistics.column.hosts")}</Head>
      <Head>{t("statistics.column.outcome")}</Head>
      <Head right>{t("statistics.column.share")}</Head>
      <Head right>{t("statistics.column.notWell")}</Head>
      <Head right>{t("statistics.column.half")}</Head>
      <Head right>{t("statistics.column.slow")}</Head>
    </>
  );
}

/** What is said of hosts in every table: how many, how they ended, and how long they took. */
export function HostCells({ hosts }: { hosts: HostSums }) {
  const { t } = useTranslation();
  const format = useFormat();
  const troubled = PARTS.filter((part) => part !== "succeeded" && hosts[part] > 0);
  const length = (value: number | null) => (value === null ? "–" : format.length(value));
  return (
    <>
      <Cell right>{format.number(hosts.hosts)}</Cell>
      <td className="w-[22%] py-1 pr-3">
        <StackedBar
          className="h-2 min-w-24 rounded-sm"
          shares={PARTS.map((part) => ({ key: part, tone: PART_TONE[part], amount: hosts[part] }))}
        />
      </td>
      <Cell right quiet={hosts.successShare === null}>{hosts.successShare === null ? "–" : format.share(hosts.successShare)}</Cell>
      <Cell right quiet={troubled.length === 0}>
        {troubled.map((part) => `${format.number(hosts[part])} ${t(`statistics.part.${part}`)}`).join(", ") || "–"}
      </Cell>
      <Cell right quiet={hosts.timeP50 === null}>{length(hosts.timeP50)}</Cell>
      <Cell right quiet={hosts.timeP95 === null}>{length(hosts.timeP95)}</Cell>
    </>
  );
}
