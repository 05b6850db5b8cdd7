import { useTranslation } from "react-i18next";

const BOX = "h-7 rounded-md border border-line-strong bg-paper px-2 text-sm text-ink";

/** Which template; any, where none is needed. */
export function TemplateField({ names, value, onChoose, needed }: {
  names: readonly string[];
  value: string;
  onChoose: (name: string) => void;
  needed: boolean;
}) {
  const { t } = useTranslation();
  const known = value === "" || names.includes(value) ? names : [value, ...names];
  return (
    <label>
      <span className="sr-only">{t("statistics.template")}</span>
      <select value={needed && value === "" ? (names[0] ?? "") : value} onChange={(event) => onChoose(event.target.value)} className={`${BOX} max-w-56`}>
        {!needed && <option value="">{t("statistics.allTemplates")}</option>}
        {known.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A day, in the browser's own calendar. */
export function DateField({ label, value, onChange, min, max }: {
  label: string;
  value: string;
  onChange: (day: string) => void;
  min?: string;
  max?: string;
}) {
  return (
    <label className="flex items-center gap-1.5 text-sm text-ink-2">
      {label}
      <input type="date" value={value} onChange={(event) => onChange(event.target.value)} className={BOX} {...(min ? { min } : {})} {...(max ? { max } : {})} />
    </label>
  );
}
