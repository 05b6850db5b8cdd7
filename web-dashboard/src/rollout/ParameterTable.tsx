import { useTranslation } from "react-i18next";
import { type Parameter, parametersOf, valueText } from "./parameters";

/** What may be given (or is given back), a line each. */
export function ParameterTable({ title, schema, none }: { title: string; schema: unknown; none?: string }) {
  const { t } = useTranslation();
  const parameters = parametersOf(schema);
  if (parameters.length === 0 && none === undefined) return null;
  return (
    <section aria-label={title}>
      <h2 className="eyebrow mb-1">{title}</h2>
      {parameters.length === 0 ? (
        <p className="text-ink-3">{none}</p>
      ) : (
        <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={title}>
          <table className="w-full min-w-[460px] border-t border-line">
            <thead>
              <tr className="eyebrow border-b border-line text-left">
                <th scope="col" className="py-1 pr-3 font-medium">{t("parameters.name")}</th>
                <th scope="col" className="px-3 font-medium">{t("parameters.type")}</th>
                <th scope="col" className="px-3 font-medium">{t("parameters.otherwise")}</th>
                <th scope="col" className="pl-3 font-medium">{t("parameters.description")}</th>
              </tr>
            </thead>
            <tbody>
              {parameters.map((parameter) => (
                <Row key={parameter.name} parameter={parameter} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ parameter }: { parameter: Parameter }) {
  const { t } = useTranslation();
  const { name, type, items, required, secret, otherwise, choices, minimum, maximum, glob, description } = parameter;
  return (
    <tr className="border-b border-line align-top">
      <th scope="row" className="py-1 pr-3 text-left font-mono text-sm font-medium whitespace-nowrap">
        {name}
      </th>
      <td className="px-3 py-1 text-sm whitespace-nowrap text-ink-2">
        {t(`parameters.types.${type}`)}
        {items !== null && ` (${t(`parameters.types.${items}`)})`}
        {secret && ` · ${t("parameters.secret")}`}
      </td>
      <td className="px-3 py-1 text-sm">
        {required ? (
          <span className="font-medium">{t("parameters.required")}</span>
        ) : otherwise === undefined ? (
          <span className="text-ink-3">–</span>
        ) : (
          <code className="font-mono break-all">{valueText(otherwise) || "″″"}</code>
        )}
      </td>
      <td className="py-1 pl-3 text-ink-2">
        {description}
        {choices.length > 0 && <p className="text-sm text-ink-3">{t("parameters.oneOf", { values: choices.map(valueText).join(", ") })}</p>}
        {(minimum !== null || maximum !== null) && (
          <p className="text-sm text-ink-3">{t("parameters.range", { minimum: minimum ?? "–∞", maximum: maximum ?? "∞" })}</p>
        )}
        {glob !== null && <p className="text-sm text-ink-3">{t("parameters.like", { pattern: glob })}</p>}
      </td>
    </tr>
  );
}
