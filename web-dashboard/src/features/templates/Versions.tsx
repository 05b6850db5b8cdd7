import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "urql";
import { wordsOf } from "../../api/errors";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Moment } from "../../ui/Moment";
import { Skeleton, State } from "../../ui/State";
import { VirtualList } from "../../ui/VirtualList";
import { useAddress } from "../../useAddress";
import { comparedOf, comparedText } from "./compared";
import { DiffView } from "./DiffView";
import { RestoreDialog } from "./RestoreDialog";
import { type Version, VersionsQuery } from "./templates.query";

const GRID = "grid grid-cols-[64px_minmax(90px,1fr)_minmax(90px,1fr)_68px] gap-x-3 px-4";
const COLUMNS = ["version", "at", "by", "do"] as const;

/** Every version of a template, what differs between any two, and the way back to an old one. */
export function Versions({ name, newest, removed, onApplied }: {
  name: string;
  newest: number;
  removed: boolean;
  /** An old text was applied anew. */
  onApplied: () => void;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useAddress("version");
  const [restoring, setRestoring] = useState<Version | null>(null);
  const [{ data, error }, again] = useQuery({ query: VersionsQuery, variables: { name }, requestPolicy: "cache-and-network" });
  const versions = data?.template?.versions ?? [];
  const compared = comparedOf(asked, versions.map(({ version }) => version));
  if (error !== undefined && data === undefined) return <State tone="failed" title={t("state.refused")}>{wordsOf(error)}</State>;
  if (data === undefined || compared === null) return <Skeleton label={t("state.loading")} lines={6} />;
  const find = (wanted: number) => versions.find(({ version }) => version === wanted);
  const choose = (part: "from" | "to", version: number) => setAsked(comparedText({ ...compared, [part]: version }));
  return (
    <div className="min-h-0 flex-1 lg:grid lg:grid-cols-[minmax(340px,420px)_minmax(0,1fr)] lg:overflow-hidden">
      <div className="flex min-h-0 flex-col border-line lg:border-r">
        <VirtualList
          label={t("templates.view.versions")}
          rows={versions.toReversed()}
          keyOf={({ version }) => version}
          total={versions.length}
          rowHeight={36}
          grid={GRID}
          minWidth="min-w-[330px]"
          height="h-[220px] lg:h-auto lg:min-h-0 lg:flex-1"
          columns={COLUMNS.map((key) => ({ key, label: t(`versions.column.${key}`) }))}
        >
          {(row) => (
            <>
              <span role="cell" className="tabular-nums">
                <button
                  type="button"
                  className="font-medium text-accent hover:underline"
                  aria-label={t("versions.show", { version: row.version })}
                  onClick={() => setAsked(comparedText({ from: before(versions, row.version), to: row.version }))}
                >
                  {row.version}
                </button>
              </span>
              <span role="cell" className="truncate text-sm text-ink-2">
                <Moment at={row.appliedAt} />
              </span>
              <span role="cell" className="truncate text-sm text-ink-2" title={row.appliedBy}>
                {row.appliedBy}
              </span>
              <span role="cell">
                <Button
                  look="quiet"
                  className="h-6 px-1.5 text-sm"
                  blocked={row.version === newest && !removed ? t("versions.isNewest") : null}
                  onClick={() => setRestoring(row)}
                >
                  {t("versions.restore")}
                </Button>
              </span>
            </>
          )}
        </VirtualList>
      </div>
      <div className="min-w-0 space-y-3 px-4 py-3 max-lg:border-t max-lg:border-line lg:overflow-y-auto">
        <div className="flex flex-wrap gap-3">
          {(["from", "to"] as const).map((part) => (
            <SelectField
              key={part}
              label={t(`versions.${part}`)}
              value={compared[part]}
              onChange={(event) => choose(part, Number(event.target.value))}
              className="min-w-36"
            >
              {versions.map(({ version }) => (
                <option key={version} value={version}>
                  {t("templates.version", { version })}
                </option>
              ))}
            </SelectField>
          ))}
        </div>
        <DiffView
          before={find(compared.from)?.source ?? ""}
          after={find(compared.to)?.source ?? ""}
          label={t("versions.diff", { from: compared.from, to: compared.to })}
        />
      </div>
      {restoring !== null && (
        <RestoreDialog
          name={name}
          newest={newest}
          current={find(newest)?.source ?? ""}
          version={restoring}
          onClose={() => setRestoring(null)}
          onApplied={() => {
            setRestoring(null);
            setAsked("");
            again({ requestPolicy: "network-only" });
            onApplied();
          }}
        />
      )}
    </div>
  );
}

function before(versions: readonly Version[], version: number): number {
  const at = versions.findIndex((one) => one.version === version);
  return versions[at - 1]?.version ?? version;
}
