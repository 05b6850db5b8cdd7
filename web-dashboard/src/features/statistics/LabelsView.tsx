import { useTranslation } from "react-i18next";
import { SelectField } from "../../ui/Field";
import { Nothing, Skeleton, STALE, Trouble } from "../../ui/State";
import { useAddress } from "../../useAddress";
import { useFormat } from "../../useFormat";
import { HostCells, HostHeads } from "./HostCells";
import { type Asked, type ByLabel, ByLabelQuery, type HostSums, LabelNamesQuery } from "./statistics.query";
import { Cell, Head, Table } from "./Table";
import { useFigures } from "./useFigures";

const NO_VARIABLES = {};

/** The hosts by the values of one label, which is the address's or the first there is. */
export function LabelsView({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useAddress("label");
  const known = useFigures(LabelNamesQuery, NO_VARIABLES);
  const labels = known.data?.labels.labels.map(({ name }) => name) ?? [];
  const label = wanted === "" ? (labels[0] ?? "") : wanted;
  const { data, stale, error } = useFigures(ByLabelQuery, label === "" ? null : { ...asked, label });
  const shown = stale && error !== null ? null : data;
  if (known.error !== null && known.data === null) return <Trouble error={known.error} title={t("state.refused")} beside={false} />;
  if (label === "" && known.data === null) return <Skeleton label={t("state.loading")} lines={5} />;
  if (label === "") return <Nothing>{t("statistics.noLabels")}</Nothing>;
  const names = labels.includes(label) ? labels : [label, ...labels];
  return (
    <>
      <div className="w-56 px-4 pt-3 pb-2">
        <SelectField label={t("statistics.label")} value={label} onChange={(event) => setWanted(event.target.value)}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <Trouble error={error} title={t("state.refused")} beside={shown !== null} />
      {data === null && error === null && <Skeleton label={t("state.loading")} lines={5} />}
      {shown !== null && (
        <div className={stale ? STALE : ""} aria-busy={stale}>
          <Values byLabel={shown.statistics.byLabel} />
        </div>
      )}
    </>
  );
}

function Values({ byLabel: { label, values, others, without } }: { byLabel: ByLabel }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (values.length === 0) return <Nothing>{t("statistics.noValues", { label })}</Nothing>;
  return (
    <Table label={t("statistics.view.labels")} minWidth="min-w-[820px]">
      <thead>
        <tr>
          <Head>{label}</Head>
          <Head right>{t("statistics.column.jobs")}</Head>
          <HostHeads />
        </tr>
      </thead>
      <tbody>
        {values.map(({ value, jobs, hosts }) => (
          <tr key={value} className="border-b border-line hover:bg-hover">
            <th scope="row" className="py-1.5 pr-3 text-left font-medium">
              {value}
            </th>
            <Cell right>{format.number(jobs)}</Cell>
            <HostCells hosts={hosts} />
          </tr>
        ))}
        {others !== null && <Rest name={t("statistics.otherValues")} hosts={others} />}
        {without !== null && <Rest name={t("statistics.withoutLabel", { label })} hosts={without} />}
      </tbody>
    </Table>
  );
}

function Rest({ name, hosts }: { name: string; hosts: HostSums }) {
  return (
    <tr className="border-b border-line hover:bg-hover">
      <th scope="row" className="py-1.5 pr-3 text-left font-normal text-ink-2">
        {name}
      </th>
      <Cell right quiet>–</Cell>
      <HostCells hosts={hosts} />
    </tr>
  );
}
