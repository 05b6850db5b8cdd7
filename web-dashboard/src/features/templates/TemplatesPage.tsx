import { Plus } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { usePages } from "../../api/usePages";
import { links } from "../../links";
import { JobBadge } from "../../rollout/JobBadge";
import { ButtonLink } from "../../ui/ButtonLink";
import { useKeys } from "../../ui/keys";
import { Moment } from "../../ui/Moment";
import { PageHeader } from "../../ui/PageHeader";
import { SearchField } from "../../ui/SearchField";
import { Nothing, Skeleton, Trouble } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useAddress } from "../../useAddress";
import { useNow } from "../../useFormat";
import { useSettled } from "../../useThrottled";
import { PacksQuery, type TemplateRow, TemplatesQuery, templatesOf } from "./templates.query";

const GRID = "grid grid-cols-[minmax(200px,2fr)_72px_56px_minmax(150px,1fr)_minmax(130px,1fr)_80px] gap-x-3 px-4";
const COLUMNS = ["name", "version", "steps", "applied", "lastJob", "run"] as const;
const FRESH_EVERY = 5_000;

/** Every template, and the packs that brought some of them. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useAddress("q");
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const now = useNow(FRESH_EVERY);
  const list = { document: TemplatesQuery, variables: { search: useSettled(search.trim()) }, of: templatesOf, gently: true };
  const pages = usePages(list, now, () => range.current);
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={t("nav.templates")}
        actions={
          <>
            <SearchField
              label={t("templates.search")}
              field={field}
              value={search}
              onChange={(event) => setSearch(event.target.value)}
              className="h-7 w-56"
            />
            <ButtonLink to={links.newTemplate()}>
              <Plus size={13} aria-hidden="true" />
              {t("templates.new")}
            </ButtonLink>
          </>
        }
      >
        <Packs />
      </PageHeader>
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {pages.loading && <Skeleton label={t("state.loading")} lines={6} />}
      {!pages.loading && pages.error === null && pages.rows.length === 0 && (
        <Nothing>{search === "" ? t("templates.none") : t("templates.noneFound", { search })}</Nothing>
      )}
      {pages.rows.length > 0 && (
        <VirtualList
          label={t("nav.templates")}
          rows={pages.rows}
          keyOf={({ id }) => id}
          total={pages.total}
          rowHeight={48}
          grid={GRID}
          minWidth="min-w-[860px]"
          columns={COLUMNS.map((key) => ({ key, label: t(`templates.column.${key}`) }))}
          stale={pages.stale}
          onSight={(first, last) => (range.current = [first, last])}
          {...(pages.more ? { onNearEnd: pages.next } : {})}
        >
          {(row) => <Cells row={row} />}
        </VirtualList>
      )}
    </div>
  );
}

/** The installed packs, each with what it brings. */
function Packs() {
  const { t } = useTranslation();
  const [{ data }] = useQuery({ query: PacksQuery, requestPolicy: "cache-and-network" });
  const packs = data?.packs ?? [];
  return (
    packs.length > 0 && (
      <ul aria-label={t("templates.packs")} className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-sm text-ink-2">
        {packs.map((pack) => (
          <li key={pack.id}>
            {t("templates.pack")}{" "}
            <Link to={links.actions({ pack: pack.name })} className="font-medium text-ink hover:underline">
              {pack.name}
            </Link>{" "}
            <span className="tabular-nums">{pack.version}</span>
            <span className="text-ink-3">
              {" · "}
              {t("templates.packActions", { count: pack.actions.length })}
              {" · "}
              {t("templates.packTemplates", { count: pack.templates.length })}
            </span>
          </li>
        ))}
      </ul>
    )
  );
}

function Cells({ row }: { row: TemplateRow }) {
  const { t } = useTranslation();
  return (
    <>
      <span role="cell" className="min-w-0">
        <Link to={links.template(row.name)} className="block truncate font-medium">
          {row.name}
        </Link>
        <span className="block truncate text-sm text-ink-2" title={row.description}>
          {row.description}
        </span>
      </span>
      <span role="cell" className="tabular-nums">{row.version}</span>
      <span role="cell" className="tabular-nums text-ink-2">{row.definition.workflow.length}</span>
      <span role="cell" className="min-w-0 text-sm">
        <Moment at={row.appliedAt} />
        <span className="block truncate text-ink-2">{row.pack === null ? (row.appliedBy ?? "") : t("templates.byPack", { pack: row.pack })}</span>
      </span>
      <span role="cell" className="min-w-0 text-sm">
        {row.lastJob === null ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Link to={links.job(row.lastJob.ulid)} className="block hover:underline">
            <JobBadge job={row.lastJob} />
            <span className="block text-ink-2">
              <Moment at={row.lastJob.createdAt} />
            </span>
          </Link>
        )}
      </span>
      <span role="cell">
        <Link to={links.newJob({ template: row.name })} className="text-accent hover:underline" aria-label={t("templates.runOne", { name: row.name })}>
          {t("templates.run")}
        </Link>
      </span>
    </>
  );
}
