import { useTranslation } from "react-i18next";
import { type HostOutcome, type HostStatus, hostTone } from "../tones";
import { Badge } from "../ui/Badge";

interface HostBadgeProps {
  run: { status: HostStatus; outcome: HostOutcome | null };
  /** Whether its mark rests also while the host is in its workflow. */
  still?: boolean;
}

/** How a host's run ended where it has ended, otherwise where it is. */
export function HostBadge({ run: { status, outcome }, still = false }: HostBadgeProps) {
  const { t } = useTranslation();
  return (
    <Badge tone={hostTone(status, outcome)} pulse={!still && status === "RUNNING"}>
      {outcome === null ? t(`hostStatus.${status}`) : t(`hostOutcome.${outcome}`)}
    </Badge>
  );
}
