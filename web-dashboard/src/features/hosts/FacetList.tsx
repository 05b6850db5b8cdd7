import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { asksFor, testOf } from "../../selector/completion";
import { useFormat } from "../../useFormat";
import type { Facets } from "./hosts.query";

interface FacetListProps {
  facets: Facets;
  selector: string;
  /** A test is asked for, or taken back. */
  onTest: (test: string) => void;
}

/** The labels and groups of the chosen hosts with their most frequent values: each narrows the list. */
export function FacetList({ facets, selector, onTest }: FacetListProps) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("fleet.facets")} className="pb-4">
      {facets.labels.map(({ name, values, distinct }) => (
        <Facet key={name} name={name} values={values} distinct={distinct} selector={selector} onTest={onTest} />
      ))}
      {facets.groups.length > 0 && (
        <Facet name="group" title={t("fleet.groups")} values={facets.groups} distinct={facets.groupNames} selector={selector} onTest={onTest} />
      )}
    </nav>
  );
}

interface FacetProps extends Pick<FacetListProps, "selector" | "onTest"> {
  name: string;
  title?: string;
  values: Facets["groups"];
  distinct: number;
}

/** How many values are shown before somebody asks for more. */
const FEW = 5;

function Facet({ name, title, values, distinct, selector, onTest }: FacetProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const heading = useId();
  const [all, setAll] = useState(false);
  const shown = all ? values : values.slice(0, FEW);
  return (
    <section aria-labelledby={heading} className="px-4 pt-3">
      <h2 id={heading} className="eyebrow mb-0.5">
        {title ?? name}
      </h2>
      <ul>
        {shown.map(({ value, hosts }) => {
          const test = testOf(name, value);
          return (
            <li key={value}>
              <button
                type="button"
                aria-pressed={asksFor(selector, test)}
                onClick={() => onTest(test)}
                className="-mx-1.5 flex w-[calc(100%+12px)] items-baseline gap-2 rounded-sm px-1.5 text-left hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
              >
                <span className="min-w-0 truncate" title={value}>
                  {value}
                </span>
                <span className="ml-auto text-sm text-ink-2 tabular-nums">{format.number(hosts)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {values.length > FEW && !all && (
        <button type="button" onClick={() => setAll(true)} className="text-sm text-accent hover:underline">
          {t("fleet.more", { count: values.length - FEW })}
        </button>
      )}
      {(all || values.length <= FEW) && distinct > values.length && (
        <p className="text-sm text-ink-3">{t("fleet.others", { count: distinct - values.length, values: format.number(distinct - values.length) })}</p>
      )}
    </section>
  );
}
