import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { connection } from "../api/live";
import { useSignal } from "../api/signal";
import { Mark } from "../ui/Mark";

// A blink of the network is not worth a bar.
const PATIENCE = 600;

/** Says, as long as it is so, that what is on the screen may be old. */
export function ConnectionBar({ unreachable }: { unreachable: boolean }) {
  const { t } = useTranslation();
  const lost = useSignal(connection) === "reconnecting" || unreachable;
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [lost]);
  return (
    <div role="status" aria-live="polite">
      {shown && (
        <p className="tone-deferred flex items-center gap-2 border-b border-line bg-(--tone-soft) px-4 py-1.5">
          <Mark tone="deferred" pulse />
          <strong className="tone-text font-semibold">{t("connection.lost")}</strong>
          <span className="text-ink-2">{t("connection.explain")}</span>
        </p>
      )}
    </div>
  );
}
