import { ChevronDown, Plus } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { generation } from "../../api/live";
import { useSignal } from "../../api/signal";
import { type Pages, usePages } from "../../api/usePages";
import { links } from "../../links";
import { SelectorField } from "../../selector/SelectorField";
import { toggled } from "../../selector/completion";
import { Button } from "../../ui/Button";
import { CopyWordButton } from "../../ui/CopyButton";
import { useKeys } from "../../ui/keys";
import { PageHeader } from "../../ui/PageHeader";
import { SearchField } from "../../ui/SearchField";
import { Segmented } from "../../ui/Segmented";
import { Skeleton, State, Trouble } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useAddress } from "../../useAddress";
import { useFormat, useNow } from "../../useFormat";
import { useSettled } from "../../useThrottled";
import { choiceOf, selectorOf, type Sieve, sieveOf, SIEVES } from "./choice";
import { FacetList } from "./FacetList";
import { FLEET_COLUMNS, FLEET_GRID, FleetRow } from "./FleetRow";
import { type FleetHost, hostsOf, HostsQuery } from "./hosts.query";
import { useFacets } from "./useFacets";

const FRESH_EVERY = 4_000;

/** Every managed server, narrowed by a selector, by what jobs make of them, and by a text in the name. */
export function HostsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [selector, setSelector] = useAddress("selector");
  const [search, setSearch] = useAddress("q");
  const [asked, setSieve] = useAddress("only");
  const navigate = useNavigate();
  const sieve = sieveOf(asked);
  const field = useRef<HTMLInputElement>(null);
  const range = useRef<[number, number]>([0, 0]);
  const typed = choiceOf(selector, search, sieve);
  const choice = choiceOf(useSettled(selector), useSettled(search), sieve);
  const clock = useNow(FRESH_EVERY) + useSignal(generation);
  const { facets, readable, problem } = useFacets(choice, clock);
  // While a selector is typed and makes no sense yet, the hosts stay that were chosen before.
  const listed = { document: HostsQuery, variables: readable ?? choice, of: hostsOf, gently: true };
  const pages = usePages(listed, clock, () => range.current);
  const onTest = (test: string) => setSelector(toggled(selector, test));
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  // What is counted and taken are the hosts that are asked for, never those that still stand there from before.
  const isOwn = problem === null && !pages.stale && JSON.stringify(readable) === JSON.stringify(typed);
  const total = isOwn ? pages.total : null;
  const taken = isOwn ? selectorOf(typed, sieve, pages.rows.map(({ name }) => name), total) : null;
  const whyNot = problem !== null ? t("fleet.unread") : t(isOwn ? "fleet.noSelector" : "state.loading");
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title={t("nav.hosts")}
        actions={<Take selector={taken} whyNot={whyNot} />}
      />
      <div className="flex flex-wrap items-start gap-2 px-4 pb-2">
        <div className="flex min-w-0 basis-full lg:basis-0 lg:grow">
          <SelectorField
            label={t("fleet.selector")}
            placeholder={t("fleet.selectorExample")}
            value={selector}
            onChange={setSelector}
            problem={problem}
            count={total === null ? undefined : t("fleet.total", { count: total, total: format.number(total) })}
          />
        </div>
        <Segmented<Sieve>
          label={t("fleet.only")}
          value={sieve}
          onChoose={(value) => setSieve(value === "all" ? "" : value)}
          choices={SIEVES.map((value) => ({ value, label: t(`fleetSieve.${value}`) }))}
        />
        <SearchField
          label={t("fleet.search")}
          field={field}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          place="max-lg:grow"
          className="h-7 w-44 max-lg:w-full"
        />
      </div>
      <div className="flex min-h-0 flex-1 flex-col border-t border-line lg:grid lg:grid-cols-[220px_minmax(0,1fr)] lg:grid-rows-[minmax(0,1fr)]">
        <Aside>{facets !== null && <FacetList facets={facets} selector={selector} onTest={onTest} />}</Aside>
        <div className="flex min-h-0 min-w-0 flex-1 flex-col lg:border-l lg:border-line">
          <Rows
            pages={pages}
            stale={problem !== null}
            unread={problem !== null && readable === null}
            selector={selector}
            onTest={onTest}
            onSight={(first, last) => (range.current = [first, last])}
            onEverybody={choice.selector === null && choice.search === null && sieve === "all" ? null : () => void navigate(links.hosts())}
          />
        </div>
      </div>
    </div>
  );
}

/** The facets: beside the list where there is room, otherwise folded above it. */
function Aside({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <aside className="min-w-0 lg:overflow-y-auto" aria-label={t("fleet.facets")}>
      <Button look="quiet" className="mx-2 my-1 lg:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronDown size={13} aria-hidden="true" className={open ? "rotate-180" : ""} />
        {t("fleet.facets")}
      </Button>
      <div className={`${open ? "" : "max-lg:hidden"} max-lg:max-h-[50vh] max-lg:overflow-y-auto max-lg:border-b max-lg:border-line`}>{children}</div>
    </aside>
  );
}

/** What can be done with the hosts of the list. */
function Take({ selector, whyNot }: { selector: string | null; whyNot: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const blocked = selector === null ? whyNot : null;
  return (
    <>
      <CopyWordButton label={t("fleet.copy")} text={selector ?? ""} blocked={blocked} />
      <Button look="primary" blocked={blocked} onClick={() => selector !== null && void navigate(links.newJob({ targets: selector }))}>
        <Plus size={13} aria-hidden="true" />
        {t("fleet.newJob")}
      </Button>
    </>
  );
}

interface RowsProps {
  pages: Pages<FleetHost>;
  /** Whether what is typed by now would choose others. */
  stale: boolean;
  /** Whether there is nothing to show instead. */
  unread: boolean;
  selector: string;
  onTest: (test: string) => void;
  onSight: (first: number, last: number) => void;
  onEverybody: (() => void) | null;
}

function Rows({ pages, stale, unread, selector, onTest, onSight, onEverybody }: RowsProps) {
  const { t } = useTranslation();
  if (unread) return <State title={t("fleet.unread")}>{t("fleet.unreadExplain")}</State>;
  if (pages.loading) return <Skeleton label={t("state.loading")} lines={8} />;
  const trouble = <Trouble error={pages.error} title={t("state.refused")} beside={pages.rows.length > 0} />;
  if (pages.rows.length === 0 && pages.error !== null) return trouble;
  if (pages.rows.length === 0) {
    return onEverybody === null ? (
      <State title={t("fleet.empty")}>{t("fleet.emptyExplain")}</State>
    ) : (
      <State title={t("fleet.none")} action={<Button onClick={onEverybody}>{t("fleet.everybody")}</Button>}>
        {t("fleet.noneExplain")}
      </State>
    );
  }
  return (
    <>
      {trouble}
      {stale && <p className="border-b border-line px-4 py-1 text-sm text-ink-2">{t("fleet.stale")}</p>}
      <VirtualList
        label={t("nav.hosts")}
        rows={pages.rows}
        keyOf={({ id }) => id}
        total={pages.total}
        rowHeight={46}
        grid={FLEET_GRID}
        minWidth="min-w-[820px]"
        height="h-[60vh] lg:h-auto lg:min-h-0 lg:flex-1"
        columns={FLEET_COLUMNS.map((key) => ({ key, label: t(`fleetColumn.${key}`) }))}
        stale={pages.stale}
        onSight={onSight}
        {...(pages.more ? { onNearEnd: pages.next } : {})}
      >
        {(host) => <FleetRow host={host} selector={selector} onTest={onTest} />}
      </VirtualList>
    </>
  );
}
