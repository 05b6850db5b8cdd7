import { useTranslation } from "react-i18next";
import { useAnswer } from "../../api/useAnswer";
import { SelectorField } from "../../selector/SelectorField";
import { useFormat } from "../../useFormat";
import { useThrottled } from "../../useThrottled";
import { FieldErrors } from "./FieldErrors";
import type { Said } from "./errors";
import { type Targets, TargetsQuery } from "./newJob.query";

const TYPING = 250;

interface TargetsFieldProps {
  text: string;
  /** The template's own selector; it stands where nothing is typed. */
  usual: string | null;
  errors: readonly Said[];
  onType: (text: string) => void;
}

/** The selector, with how many hosts it chooses while it is typed, and which. */
export function TargetsField({ text, usual, errors, onType }: TargetsFieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const own = text.trim() !== "";
  const selector = useThrottled(own ? text : (usual ?? ""), TYPING);
  const { data } = useAnswer(TargetsQuery, selector === "" ? null : { selector });
  const found = selector === "" ? null : (data?.countHosts ?? null);
  const problem = found?.problem ?? null;
  const counted = found === null || problem !== null ? undefined : t("newJob.hosts", { count: found.count, hosts: format.number(found.count) });
  return (
    <>
      <SelectorField
        label={t("newJob.selector")}
        value={text}
        placeholder={usual ?? "role=web and env=prod"}
        problem={own ? problem : null}
        count={counted}
        onChange={onType}
      />
      {problem === null && <FieldErrors errors={errors} />}
      {found !== null && problem === null && <Chosen found={found} usual={!own} />}
    </>
  );
}

function Chosen({ found, usual }: { found: Targets; usual: boolean }) {
  const { t } = useTranslation();
  return (
    <p className="mt-1.5 text-sm" aria-live="polite">
      {found.count === 0 && <strong className="tone-deferred tone-text font-semibold">{t("newJob.nobodyMatches")}</strong>}
      {usual && <span className="text-ink-3">{t("newJob.templatesTargets")}</span>}
      <span className="line-clamp-3 font-mono break-words text-ink-2">{found.hosts.join("  ")}</span>
    </p>
  );
}
