import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { links } from "../../links";
import { ParameterTable } from "../../rollout/ParameterTable";
import { ButtonLink } from "../../ui/ButtonLink";
import { Code } from "../../ui/Code";
import { PageHeader } from "../../ui/PageHeader";
import { Skeleton, State } from "../../ui/State";
import { useFormat } from "../../useFormat";
import { type Action, ActionQuery } from "./actions.query";

/** One action: what it takes and gives back, what it runs, and who calls it. */
export function ActionPage() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const [{ data, error }] = useQuery({ query: ActionQuery, variables: { name }, requestPolicy: "cache-and-network" });
  if (error !== undefined && data === undefined) {
    return <State page tone="failed" title={t("state.refused")}>{wordsOf(error)}</State>;
  }
  if (data === undefined) return <Skeleton label={t("state.loading")} lines={8} />;
  if (data.action === null) {
    return (
      <State page title={t("actions.missing", { name })} action={<ButtonLink to={links.actions()}>{t("actions.all")}</ButtonLink>} />
    );
  }
  return <ActionScreen action={data.action} />;
}

function ActionScreen({ action }: { action: Action }) {
  const { t } = useTranslation();
  const { name, description, parameters, output, script, builtin } = action;
  return (
    <div>
      <PageHeader title={name} heading={<span className="font-mono">{name}</span>}>
        <p className="text-ink-2">{description}</p>
      </PageHeader>
      <div className="grid gap-x-8 gap-y-5 border-t border-line px-4 py-3 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="min-w-0 space-y-5">
          <Facts action={action} />
          <ParameterTable title={t("workflow.takes")} schema={parameters} none={t("actions.takesNothing")} />
          <ParameterTable title={t("actions.gives")} schema={output} none={t("actions.givesNothing")} />
          <UsedBy action={action} />
        </div>
        <div className="min-w-0">
          {script !== null && <Code language="shell" text={script} label={t("workflow.script")} />}
          {builtin !== null && (
            <section aria-label={t("actions.builtin")}>
              <h2 className="eyebrow mb-1">{t("actions.builtin")}</h2>
              <p>{t(`actions.builtins.${builtin}`)}</p>
            </section>
          )}
        </div>
      </div>
    </div>
  );
}

function Facts({ action }: { action: Action }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { pack, on, sudo, timeout, repeat, verifiedBy } = action;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      {pack !== null && (
        <>
          <dt className="text-ink-3">{t("actions.pack")}</dt>
          <dd>
            <Link to={links.actions({ pack: pack.name })} className="text-accent hover:underline">
              {pack.name}
            </Link>{" "}
            {pack.version}
          </dd>
        </>
      )}
      <dt className="text-ink-3">{t("actions.column.on")}</dt>
      <dd>
        {t(`actions.on.${on}`)}
        {sudo && ` · ${t("actions.root")}`}
      </dd>
      <dt className="text-ink-3">{t("actions.column.timeout")}</dt>
      <dd>{format.length(timeout)}</dd>
      <dt className="text-ink-3">{t("actions.column.repeat")}</dt>
      <dd>
        {t(`actions.repeatMeans.${repeat}`)}
        {verifiedBy !== null && (
          <>
            {" "}
            <Link to={links.action(verifiedBy)} className="font-mono text-sm text-accent hover:underline">
              {verifiedBy}
            </Link>
          </>
        )}
      </dd>
    </dl>
  );
}

function UsedBy({ action: { usedBy } }: { action: Action }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("actions.usedBy")}>
      <h2 className="eyebrow mb-1">{t("actions.usedBy")}</h2>
      {usedBy.length === 0 && <p className="text-ink-3">{t("actions.usedByNobody")}</p>}
      <ul>
        {usedBy.map(({ id, name, description }) => (
          <li key={id} className="truncate">
            <Link to={links.template(name)} className="font-medium text-accent hover:underline">
              {name}
            </Link>{" "}
            <span className="text-ink-2">{description}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
