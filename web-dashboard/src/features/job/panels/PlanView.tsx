import { useTranslation } from "react-i18next";
import type { Sealed } from "../job.query";

/** What was sealed when the job was created: its plan as text, its parameters, its seed and hash. */
export function PlanView({ sealed }: { sealed: Sealed }) {
  const { t } = useTranslation();
  const { plan, parameters, definition } = sealed;
  return (
    <div className="space-y-4 px-4 py-3">
      {definition.description !== "" && <p className="text-ink-2">{definition.description}</p>}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-ink-3">{t("plan.hash")}</dt>
        <dd className="font-mono text-sm break-all">{plan.hash}</dd>
        <dt className="text-ink-3">{t("plan.seed")}</dt>
        <dd className="font-mono text-sm">{plan.seed}</dd>
        <dt className="text-ink-3">{t("plan.targets")}</dt>
        <dd className="font-mono text-sm wrap-anywhere">{definition.targets ?? "–"}</dd>
        <dt className="text-ink-3">{t("plan.parameters")}</dt>
        <dd>
          <pre className="font-mono text-sm wrap-anywhere whitespace-pre-wrap">{JSON.stringify(parameters, null, 2)}</pre>
        </dd>
      </dl>
      <section aria-label={t("plan.review")}>
        <h3 className="eyebrow mb-1">{t("plan.review")}</h3>
        <pre className="font-mono text-sm wrap-anywhere whitespace-pre-wrap">{plan.review}</pre>
      </section>
    </div>
  );
}
