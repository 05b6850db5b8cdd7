import { useTranslation } from "react-i18next";
import { useFormat } from "../useFormat";
import type { Gates } from "./plan.query";

/** Every limit at which a job stops by itself. */
export function StopsWhen({ gates }: { gates: Gates }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { canaryMaxFailed, canaryMinSucceeded, batch, totalCap, totalMaxFailed, totalMinSample, signature, unreachable } = gates;
  const limits = [
    t("stopsWhen.canary", { count: canaryMaxFailed }),
    canaryMinSucceeded > 0 && t("stopsWhen.unproven", { count: canaryMinSucceeded }),
    batch !== null && t("stopsWhen.batch", { amount: batch }),
    totalCap !== null && t("stopsWhen.total", { count: totalCap, hosts: format.number(totalCap) }),
    totalMaxFailed !== null && t("stopsWhen.share", { share: totalMaxFailed, count: totalMinSample, sample: format.number(totalMinSample) }),
    signature !== null && t("stopsWhen.signature", { count: signature }),
    unreachable !== null && t("stopsWhen.unreachable", { amount: unreachable }),
  ];
  return (
    <ul className="list-inside list-disc">
      {limits.map((limit) => limit !== false && <li key={limit}>{limit}</li>)}
    </ul>
  );
}
