import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { links, TEMPLATE_VIEWS, type TemplateView } from "../../links";
import { ParameterTable } from "../../rollout/ParameterTable";
import { StepDetail } from "../../rollout/StepDetail";
import { WorkflowGraph } from "../../rollout/WorkflowGraph";
import { Button } from "../../ui/Button";
import { ButtonLink } from "../../ui/ButtonLink";
import { Code } from "../../ui/Code";
import { Moment } from "../../ui/Moment";
import { PageHeader } from "../../ui/PageHeader";
import { Skeleton, State } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { useAddress } from "../../useAddress";
import { TemplateEditor } from "./editor/TemplateEditor";
import { RemoveDialog } from "./RemoveDialog";
import { type Template, TemplateQuery } from "./templates.query";
import { Versions } from "./Versions";

/** One template: the way of a host, its text, how that came to be, and changing it. */
export function TemplatePage() {
  const { t } = useTranslation();
  const { name = "" } = useParams();
  const [{ data, error }, again] = useQuery({ query: TemplateQuery, variables: { name }, requestPolicy: "cache-and-network" });
  if (error !== undefined && data === undefined) {
    return <State page tone="failed" title={t("state.refused")}>{wordsOf(error)}</State>;
  }
  if (data === undefined) return <Skeleton label={t("state.loading")} lines={8} />;
  if (data.template === null) {
    return (
      <State page title={t("templates.missing", { name })} action={<ButtonLink to={links.templates()}>{t("templates.all")}</ButtonLink>} />
    );
  }
  return <TemplateScreen key={name} template={data.template} onChanged={() => again({ requestPolicy: "network-only" })} />;
}

function TemplateScreen({ template, onChanged }: { template: Template; onChanged: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setView] = useAddress("view");
  const [removing, setRemoving] = useState(false);
  const view: TemplateView = TEMPLATE_VIEWS.find((view) => view === asked) ?? "workflow";
  const { name, description, version, appliedAt, appliedBy, pack, removed, source } = template;
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={name}
        actions={
          <>
            <Button look="danger" blocked={removed ? t("templates.removed") : null} onClick={() => setRemoving(true)}>
              {t("templates.remove")}
            </Button>
            <ButtonLink to={links.jobs({ template: name })}>{t("templates.jobs")}</ButtonLink>
            {!removed && (
              <ButtonLink to={links.newJob({ template: name })} look="primary">
                {t("templates.run")}
              </ButtonLink>
            )}
          </>
        }
      >
        {description !== "" && <p className="text-ink-2">{description}</p>}
        <p className="flex flex-wrap gap-x-2 text-sm text-ink-2">
          <span className="font-medium text-ink">{t("templates.version", { version })}</span>
          <span>
            {t("templates.appliedAt")} <Moment at={appliedAt} />
          </span>
          {appliedBy !== null && <span>{t("templates.by", { actor: appliedBy })}</span>}
          {pack !== null && (
            <Link to={links.actions({ pack })} className="hover:underline">
              {t("templates.byPack", { pack })}
            </Link>
          )}
        </p>
        {removed && <p className="tone-cancelled tone-panel mt-1 px-3 py-1.5">{t("templates.removed")}</p>}
      </PageHeader>
      <Tabs<TemplateView>
        label={t("templates.views")}
        value={view}
        onChoose={(next) => setView(next === "workflow" ? "" : next)}
        choices={TEMPLATE_VIEWS.map((value) => ({ value, label: t(`templates.view.${value}`) }))}
      />
      {view === "workflow" && <WorkflowView template={template} />}
      {view === "code" && (
        <div className="min-h-0 overflow-y-auto px-4 py-2">
          <Code language="yaml" text={source} label={t("templates.source", { version })} />
        </div>
      )}
      {view === "versions" && <Versions name={name} newest={version} removed={removed} onApplied={onChanged} />}
      {view === "edit" && (
        <TemplateEditor
          name={name}
          source={source}
          version={version}
          onApplied={(applied) => {
            if (applied === name) onChanged();
            void navigate(links.template(applied));
          }}
        />
      )}
      {removing && (
        <RemoveDialog
          name={name}
          onClose={() => setRemoving(false)}
          onRemoved={() => void navigate(links.templates())}
        />
      )}
    </div>
  );
}

/** The workflow, with the step that is looked at beside it; what a job takes where none is. */
function WorkflowView({ template }: { template: Template }) {
  const { t } = useTranslation();
  const [chosen, choose] = useAddress("step");
  const { definition } = template;
  const step = definition.workflow.find((step) => step.step === chosen);
  return (
    <div className="min-h-0 flex-1 lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(320px,44%)] lg:overflow-hidden">
      <div className="min-w-0 lg:overflow-y-auto">
        <WorkflowGraph workflow={definition} chosen={chosen} onChoose={choose} />
      </div>
      <div className="min-w-0 border-line max-lg:border-t lg:overflow-y-auto lg:border-l">
        {step !== undefined ? (
          <StepDetail key={step.step} step={step} />
        ) : (
          <div className="space-y-4 px-4 py-3">
            <ParameterTable title={t("templates.parameters")} schema={definition.parameters} none={t("templates.noParameters")} />
            <section aria-label={t("templates.targets")}>
              <h2 className="eyebrow mb-1">{t("templates.targets")}</h2>
              <p className="font-mono text-sm">{definition.targets ?? "–"}</p>
            </section>
          </div>
        )}
      </div>
    </div>
  );
}
