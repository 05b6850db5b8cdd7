import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "../../api/usePages";
import { Button } from "../../ui/Button";
import { useKeys } from "../../ui/keys";
import { SearchField } from "../../ui/SearchField";
import { Nothing, Skeleton, Trouble } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { type TemplateChoice as Choice, TemplateChoicesQuery, type TemplateForm } from "./newJob.query";

const NO_VARIABLES = {};
const GRID = "grid grid-cols-[minmax(140px,1fr)_minmax(160px,2fr)] gap-x-3 px-2";

type Chosen = Pick<TemplateForm, "name" | "version"> & { definition: Pick<TemplateForm["definition"], "description" | "workflow"> };

/** The template that was chosen, in short. */
export function ChosenTemplate({ template }: { template: Chosen }) {
  const { t } = useTranslation();
  const { description } = template.definition;
  return (
    <>
      <p>
        <strong className="font-semibold">{template.name}</strong>
        <span className="ml-2 text-sm text-ink-3">{t("newJob.version", { version: template.version })}</span>
      </p>
      {description !== "" && <p className="text-ink-2">{description}</p>}
      <Workflow template={template} />
    </>
  );
}

/** The steps of a workflow in one line. */
function Workflow({ template }: { template: Pick<Chosen, "definition"> }) {
  return (
    <ol className="mt-1 flex flex-wrap gap-x-1.5 font-mono text-sm text-ink-2">
      {template.definition.workflow.map(({ index, step }) => (
        <li key={index}>
          {index > 0 && <span className="mr-1.5 text-ink-3" aria-hidden="true">→</span>}
          {step}
        </li>
      ))}
    </ol>
  );
}

/** Every template there is, to choose one. */
export function TemplateChoice({ onChoose }: { onChoose: (name: string) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const list = { document: TemplateChoicesQuery, variables: NO_VARIABLES, of: templatesOf };
  const pages = usePages(list, 0, () => range.current);
  const wanted = search.trim().toLowerCase();
  const rows = pages.rows.filter(({ name, definition }) => `${name} ${definition.description}`.toLowerCase().includes(wanted));
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  return (
    <>
      <SearchField
        label={t("newJob.searchTemplates")}
        field={field}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        className="h-7 w-full max-w-80"
      />
      {pages.loading && <Skeleton label={t("state.loading")} lines={4} />}
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {!pages.loading && pages.error === null && rows.length === 0 && <Nothing>{t(wanted === "" ? "newJob.noTemplates" : "newJob.noSuchTemplate")}</Nothing>}
      {rows.length > 0 && (
        <div className="mt-2 flex">
          <VirtualList
            label={t("newJob.template")}
            rows={rows}
            keyOf={({ id }) => id}
            total={pages.total}
            rowHeight={44}
            grid={GRID}
            minWidth="min-w-[320px]"
            height="max-h-[330px]"
            columns={[
              { key: "template", label: t("newJob.template") },
              { key: "description", label: t("newJob.whatItDoes") },
            ]}
            onSight={(first, last) => (range.current = [first, last])}
            {...(pages.more ? { onNearEnd: pages.next } : {})}
          >
            {(template) => <Row template={template} onChoose={onChoose} />}
          </VirtualList>
        </div>
      )}
    </>
  );
}

function templatesOf(data: { templates: { nodes: readonly Choice[]; totalCount: number | null; pageInfo: { hasNextPage: boolean; endCursor: string | null } } }) {
  return data.templates;
}

function Row({ template, onChoose }: { template: Choice; onChoose: (name: string) => void }) {
  const { definition, name } = template;
  return (
    <>
      <span role="cell" className="min-w-0">
        <Button look="quiet" className="max-w-full justify-start truncate px-1 after:absolute after:inset-0" onClick={() => onChoose(name)}>
          {name}
        </Button>
      </span>
      <span role="cell" className="min-w-0">
        <span className="block truncate text-ink-2">{definition.description}</span>
        <span className="block truncate font-mono text-sm text-ink-3">{definition.workflow.map(({ step }) => step).join(" → ")}</span>
      </span>
    </>
  );
}
