import { type ReactNode, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useAnswer } from "../../api/useAnswer";
import { Button } from "../../ui/Button";
import { useKeys } from "../../ui/keys";
import { SearchField } from "../../ui/SearchField";
import { useAddress } from "../../useAddress";
import { useFormat } from "../../useFormat";
import { type Asked, DAYS, OUTCOMES, type Part, STATUSES, zoneOf } from "./jobFilter";
import { TemplateNamesQuery } from "./jobs.query";

const NO_VARIABLES = {};
const BOX = "h-7 max-w-full rounded-md border border-line-strong bg-paper px-1.5";

interface FiltersProps {
  asked: Asked;
  /** Who asked for the jobs in sight, to choose from. */
  actors: readonly string[];
  narrowed: boolean;
  onClear: () => void;
}

/** Which jobs are listed. Everything chosen here stands in the address. */
export function Filters({ asked, actors, narrowed, onClear }: FiltersProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const templates = useAnswer(TemplateNamesQuery, NO_VARIABLES);
  const names = (templates.data?.templates.nodes ?? []).map(({ name }) => name);
  const known = asked.template === "" || names.includes(asked.template) ? names : [asked.template, ...names];
  const [, setSearch] = useAddress("q");
  useKeys([{ key: "/", label: t("keys.search"), run: () => field.current?.focus() }]);
  return (
    <search className="flex flex-wrap items-center gap-2 px-4 pb-2">
      <SearchField label={t("jobs.search")} field={field} value={asked.q} onChange={(event) => setSearch(event.target.value)} className="h-7 w-52" />
      <Choice part="status" asked={asked} label={t("jobs.status")}>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`jobStatus.${status}`)}
          </option>
        ))}
      </Choice>
      <Choice part="outcome" asked={asked} label={t("jobs.outcome")}>
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t(`jobOutcome.${outcome}`)}
          </option>
        ))}
      </Choice>
      <Choice part="template" asked={asked} label={t("jobs.template")}>
        {known.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <Actor asked={asked} actors={actors} />
      <Days asked={asked} />
      {narrowed && (
        <Button look="quiet" onClick={onClear}>
          {t("jobs.clear")}
        </Button>
      )}
    </search>
  );
}

interface PartProps {
  part: Part;
  asked: Asked;
  label: string;
}

function Choice({ part, asked, label, children }: PartProps & { children: ReactNode }) {
  const [, set] = useAddress(part);
  return (
    <select
      aria-label={label}
      value={asked[part]}
      onChange={(event) => set(event.target.value)}
      className={`${BOX} ${asked[part] === "" ? "text-ink-2" : "font-medium"}`}
    >
      <option value="">{label}</option>
      {children}
    </select>
  );
}

/** Who asked for them: in full, with those in sight to choose from. */
function Actor({ asked, actors }: { asked: Asked; actors: readonly string[] }) {
  const { t } = useTranslation();
  const list = useId();
  const [, set] = useAddress("by");
  // The address takes a moment to change; what is typed meanwhile must not be lost to what it still says.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <>
      <input
        aria-label={t("jobs.by")}
        placeholder={t("jobs.by")}
        list={list}
        value={typed ?? asked.by}
        onBlur={() => setTyped(null)}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setTyped(event.target.value);
          set(event.target.value);
        }}
        className={`${BOX} w-36`}
      />
      <datalist id={list}>
        {[...new Set(actors)].map((actor) => (
          <option key={actor}>{actor}</option>
        ))}
      </datalist>
    </>
  );
}

/** From which day to which. The zone whose days they are goes into the address with them. */
function Days({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const own = useFormat().zone;
  const [, setSearch] = useSearchParams();
  const zone = zoneOf(asked, own);
  const set = (part: (typeof DAYS)[number], day: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.set(part, day);
        after.set("zone", zone);
        for (const part of DAYS) if (after.get(part) === "") after.delete(part);
        if (!DAYS.some((part) => after.has(part))) after.delete("zone");
        return after;
      },
      { replace: true },
    );
  return (
    <>
      {DAYS.map((part) => (
        <label key={part} className="inline-flex items-center gap-1.5 text-sm text-ink-3">
          {t(`jobs.${part}`)}
          <input type="date" value={asked[part]} onChange={(event) => set(part, event.target.value)} className={`${BOX} text-base text-ink`} />
        </label>
      ))}
      {zone !== own && DAYS.some((part) => asked[part] !== "") && <span className="text-sm text-ink-2">{zone}</span>}
    </>
  );
}
