import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../useFormat";
import { SelectorField } from "./SelectorField";
import { type Counted, useHostCount } from "./useHostCount";

interface TargetsFieldProps {
  label: string;
  /** Whether the label stands above it; otherwise a heading says the same. */
  labelled?: boolean;
  value: string;
  /** The selector that is meant where nothing is typed; `null` where there is none. */
  usual: string | null;
  onChange: (selector: string) => void;
  /** What else is wrong with it; it stands where the selector itself can be read. */
  children?: ReactNode;
}

/** The hosts of a job, as a selector: how many it chooses while it is typed, and which. */
export function TargetsField({ label, labelled = false, value, usual, onChange, children }: TargetsFieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const own = value.trim() !== "";
  const found = useHostCount(own ? value : (usual ?? ""));
  const problem = found?.problem ?? null;
  const count = found === null || problem !== null ? undefined : found.stale ? "…" : t("selector.hosts", { count: found.count, hosts: format.number(found.count) });
  return (
    <div>
      {labelled && (
        <p aria-hidden="true" className="mb-1 text-sm font-medium text-ink-2">
          {label}
        </p>
      )}
      <SelectorField
        label={label}
        value={value}
        placeholder={usual ?? "role=web and env=prod"}
        problem={own ? problem : null}
        count={count}
        onChange={onChange}
      />
      {problem === null && children}
      {found !== null && problem === null && <Chosen found={found} usual={!own} />}
    </div>
  );
}

function Chosen({ found, usual }: { found: Counted; usual: boolean }) {
  const { t } = useTranslation();
  return (
    <p className={`mt-1.5 text-sm ${found.stale ? "opacity-60" : ""}`} aria-live="polite" aria-busy={found.stale}>
      {found.count === 0 && !found.stale && <strong className="tone-deferred tone-text font-semibold">{t("selector.nobody")}</strong>}
      {usual && <span className="text-ink-3">{t("selector.usual")}</span>}
      <span className="line-clamp-3 font-mono break-words text-ink-2">{found.hosts.join("  ")}</span>
    </p>
  );
}
