import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "urql";
import { usePages } from "../../api/usePages";
import { links } from "../../links";
import { useKeys } from "../../ui/keys";
import { PageHeader } from "../../ui/PageHeader";
import { SearchField } from "../../ui/SearchField";
import { Segmented } from "../../ui/Segmented";
import { Nothing, Skeleton, Trouble } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useAddress } from "../../useAddress";
import { useFormat, useNow } from "../../useFormat";
import { useSettled } from "../../useThrottled";
import { ActionPacksQuery, type ActionRow, ActionsQuery, actionsOf } from "./actions.query";

const GRID = "grid grid-cols-[minmax(150px,1fr)_minmax(200px,2fr)_110px_130px_80px_150px] gap-x-3 px-4";
const COLUMNS = ["name", "description", "pack", "on", "timeout", "repeat"] as const;
const FRESH_EVERY = 10_000;

/** Every action, of one pack or of all. */
export function ActionsPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useAddress("q");
  const [pack, setPack] = useAddress("pack");
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const asked = useSettled(search.trim());
  const filter = { ...(pack === "" ? {} : { pack }), ...(asked === "" ? {} : { search: asked }) };
  const pages = usePages({ document: ActionsQuery, variables: { filter }, of: actionsOf, gently: true }, useNow(FRESH_EVERY), () => range.current);
  const [{ data }] = useQuery({ query: ActionPacksQuery, requestPolicy: "cache-and-network" });
  const packs = data?.packs ?? [];
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={t("nav.actions")}
        actions={
          <>
            {packs.length > 0 && (
              <Segmented
                label={t("actions.pack")}
                value={pack}
                onChoose={setPack}
                choices={[
                  { value: "", label: t("actions.allPacks") },
                  ...packs.map(({ name, version }) => ({ value: name, label: `${name} ${version}` })),
                ]}
              />
            )}
            <SearchField
              label={t("actions.search")}
              field={field}
              value={search}
              onChange={(event) => setSearch(event.target.value)}
              className="h-7 w-56"
            />
          </>
        }
      />
      <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />
      {pages.loading && <Skeleton label={t("state.loading")} lines={6} />}
      {!pages.loading && pages.error === null && pages.rows.length === 0 && <Nothing>{t("actions.none")}</Nothing>}
      {pages.rows.length > 0 && (
        <VirtualList
          label={t("nav.actions")}
          rows={pages.rows}
          keyOf={({ id }) => id}
          total={pages.total}
          rowHeight={32}
          grid={GRID}
          minWidth="min-w-[920px]"
          columns={COLUMNS.map((key) => ({ key, label: t(`actions.column.${key}`) }))}
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

function Cells({ row }: { row: ActionRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <span role="cell" className="min-w-0">
        <Link to={links.action(row.name)} className="block truncate font-mono text-sm font-medium after:absolute after:inset-0">
          {row.name}
        </Link>
      </span>
      <span role="cell" className="truncate text-ink-2" title={row.description}>
        {row.description}
      </span>
      <span role="cell" className="truncate text-ink-2">{row.pack?.name ?? ""}</span>
      <span role="cell" className="truncate text-ink-2">
        {t(`actions.on.${row.on}`)}
        {row.sudo && ` · ${t("actions.root")}`}
      </span>
      <span role="cell" className="text-ink-2 tabular-nums">{format.length(row.timeout)}</span>
      <span role="cell" className="truncate text-ink-2" title={t(`actions.repeatMeans.${row.repeat}`)}>
        {t(`actions.repeat.${row.repeat}`)}
      </span>
    </>
  );
}
