import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Enum } from "./api/graphql";
import type { WaitingKind } from "./tones";
import { useFormat } from "./useFormat";

/** Why a job admits nobody, as the API tells it. */
export interface Hold {
  kind: Enum<"HoldKind">;
  text: string;
  threshold: string | null;
  parameters: unknown;
}

/** A sentence of the API, in values. */
export interface Said {
  key: Enum<"SentenceKey">;
  values: unknown;
  /** In the server's words. */
  text: string;
}

/** Something told in a sentence, as the API marks what it is. */
type Told = string | number | Partial<Said & { ms: number; at: string; share: number; hosts: number }>;

/** What the API says in values, in the reader's language. Where it names something new, its own sentence stands. */
export interface Words {
  said(sentence: Said): string;
  hold(hold: Hold): string;
  waiting(waiting: { kind: WaitingKind; text: string; numbers: unknown }): string;
  /** Why something cannot be asked now; `null` where it can. */
  whyNot(actions: readonly Action[], wanted: Enum<"JobActionKind">): string | null;
}

interface Action {
  action: Enum<"JobActionKind">;
  allowed: boolean;
  reason: string | null;
  why: Enum<"WhyNot"> | null;
}

const THRESHOLDS = [
  "canaryFailed",
  "canaryUnproven",
  "batchFailed",
  "totalShare",
  "totalCap",
  "unreachable",
  "sameError",
] as const;

export function useWords(): Words {
  const { t } = useTranslation();
  const { t: say } = useTranslation("sentences");
  const format = useFormat();
  return useMemo(() => {
    const values = (given: unknown) =>
      Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, written(value)]));
    const written = (value: unknown) => (typeof value === "number" ? format.number(value) : amount(value, format.share));
    const told = (value: Told): string => {
      if (typeof value === "string") return value;
      if (typeof value === "number") return format.number(value);
      const { key, values = {}, text = "", ms, at, share, hosts = 0 } = value;
      if (key !== undefined) return said({ key, values, text });
      if (ms !== undefined) return format.length(ms);
      if (at !== undefined) return format.moment(at);
      return share === undefined ? format.number(hosts) : format.share(share);
    };
    const said = ({ key, values, text }: Said): string => {
      const given = Object.entries(values as Record<string, Told>).map(([name, value]) => [name, told(value)]);
      const { count = 0 } = values as { count?: number };
      return say(key, { replace: Object.fromEntries(given), count, defaultValue: text });
    };
    return {
      said,
      hold({ kind, text, threshold, parameters }) {
        const known = THRESHOLDS.find((known) => known === threshold);
        const given = values(parameters);
        // A share of the finished hosts comes bare, in hundredths of a percent.
        if (known === "totalShare") given["allowed"] = shareOf(parameters, format.share);
        if (known !== undefined) return t(`breach.${known}`, { replace: given });
        if (kind === "BREACH") return text;
        const said = t(`heldBy.${kind}`, { replace: given });
        return given["reason"] === "" ? said.replace(/[:：]\s*$/, "") : said;
      },
      waiting({ kind, numbers }) {
        const { hosts } = (numbers ?? {}) as { hosts?: number };
        return t(`waitingFor.${kind}`, { replace: values(numbers), count: hosts ?? 0 });
      },
      whyNot(actions, wanted) {
        const action = actions.find(({ action }) => action === wanted);
        if (action?.allowed === true) return null;
        if (action?.why != null) return t(`whyNot.${action.why}`);
        return action?.reason ?? t("action.notNow");
      },
    };
  }, [t, say, format]);
}

/** A number of hosts, or a share in hundredths of a percent. */
function amount(value: unknown, share: (basisPoints: number) => string): string {
  if (typeof value === "object" && value !== null) {
    const { hosts, share: basisPoints } = value as { hosts?: number; share?: number };
    return basisPoints === undefined ? String(hosts ?? "") : share(basisPoints);
  }
  return String(value);
}

function shareOf(parameters: unknown, share: (basisPoints: number) => string): string {
  const { allowed } = (parameters ?? {}) as { allowed?: number };
  return share(allowed ?? 0);
}
