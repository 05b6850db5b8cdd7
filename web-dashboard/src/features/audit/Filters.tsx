import { type Ref, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isEventKind } from "../../events/eventKinds";
import { useClock } from "../../preferences";
import { Button } from "../../ui/Button";
import { SelectField, TextField } from "../../ui/Field";
import { groupOf, KIND_GROUPS } from "./kindGroups";
import { fromField, toField } from "./moments";
import type { AuditAddress } from "./useAuditAddress";

/** Which events are shown. Every field is part of the address. */
export function Filters({ address, kinds, first }: { address: AuditAddress; kinds: readonly string[]; first: Ref<HTMLDivElement> }) {
  const { t } = useTranslation();
  const utc = useClock() === "utc";
  const { job, host, actor, kind, from, to } = address.values;
  return (
    <div
      ref={first}
      role="search"
      aria-label={t("audit.filter.label")}
      className="grid grid-cols-2 gap-2 px-4 pb-3 sm:grid-cols-3 lg:grid-cols-[1fr_1fr_1fr_1.2fr_1fr_1fr_auto] lg:items-end"
    >
      <Written label={t("audit.filter.host")} value={host} onWrite={(value) => address.set("host", value)} />
      <Written label={t("audit.filter.job")} value={job} onWrite={(value) => address.set("job", value)} />
      <Written label={t("audit.filter.actor")} value={actor} onWrite={(value) => address.set("actor", value)} />
      <SelectField label={t("audit.filter.kind")} value={kind} onChange={(event) => address.set("kind", event.target.value)}>
        <option value="">{t("audit.filter.everything")}</option>
        {KIND_GROUPS.map((group) => (
          <optgroup key={group} label={t(`audit.group.${group}`)}>
            <option value={group}>{t("audit.filter.allOf", { group: t(`audit.group.${group}`) })}</option>
            {kinds
              .filter((kind) => groupOf(kind) === group)
              .map((kind) => (
                <option key={kind} value={kind}>
                  {isEventKind(kind) ? t(`event.${kind}`) : kind}
                </option>
              ))}
          </optgroup>
        ))}
      </SelectField>
      <TextField
        type="datetime-local"
        label={t("audit.filter.from")}
        value={toField(from, utc)}
        onChange={(event) => address.set("from", fromField(event.target.value, utc))}
      />
      <TextField
        type="datetime-local"
        label={t("audit.filter.to")}
        value={toField(to, utc)}
        onChange={(event) => address.set("to", fromField(event.target.value, utc))}
      />
      <Button look="quiet" className="h-8 self-end justify-self-start" disabled={!address.filtered} onClick={address.clear}>
        {t("audit.filter.clear")}
      </Button>
    </div>
  );
}

/** A field that asks once something is written to its end: half a name is nobody's. */
function Written({ label, value, onWrite }: { label: string; value: string; onWrite: (value: string) => void }) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const write = () => {
    if (draft.trim() !== value) onWrite(draft.trim());
  };
  return (
    <TextField
      label={label}
      value={draft}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={write}
      onKeyDown={(event) => {
        if (event.key === "Enter") write();
      }}
    />
  );
}
