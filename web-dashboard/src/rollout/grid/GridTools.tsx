import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Mark } from "../../ui/Mark";
import { Menu, MenuChoice } from "../../ui/Menu";
import { TONES } from "../../ui/tone";

/** What the hosts of the grid are grouped by. */
export function GroupMenu({ group, labels, onGroup }: { group: string; labels: readonly string[]; onGroup: (label: string) => void }) {
  const { t } = useTranslation();
  const shown = group !== "" && !labels.includes(group) ? [...labels, group] : labels;
  const trigger = (
    <Button look="quiet" className="-ml-2 h-6 px-2 text-sm">
      {t("grid.groupedBy", { label: group === "" ? t("grid.batch") : group })}
      <ChevronDown size={12} aria-hidden="true" />
    </Button>
  );
  return (
    <Menu trigger={trigger} align="start">
      <MenuChoice chosen={group === ""} onSelect={() => onGroup("")}>
        {t("grid.batch")}
      </MenuChoice>
      {shown.map((label) => (
        <MenuChoice key={label} chosen={label === group} onSelect={() => onGroup(label)}>
          {label}
        </MenuChoice>
      ))}
    </Menu>
  );
}

/** What the signs of the grid mean. */
export function Legend() {
  const { t } = useTranslation();
  return (
    <ul className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-ink-2" aria-label={t("grid.legend")}>
      {TONES.map((tone) => (
        <li key={tone} className="inline-flex items-center gap-1">
          <Mark tone={tone} size={9} />
          {t(`tone.${tone}`)}
        </li>
      ))}
      <li className="inline-flex items-center gap-1">
        <svg viewBox="0 0 16 16" width="9" height="9" aria-hidden="true">
          <path d="M1 1h14v14H1z" fill="var(--waiting)" />
          <path d="M7 1h8v8z" fill="var(--ink)" />
        </svg>
        {t("host.outOfService")}
      </li>
    </ul>
  );
}
