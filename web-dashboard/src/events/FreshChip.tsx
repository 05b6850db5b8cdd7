import { ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { useFormat } from "../useFormat";
import type { Events } from "./useEvents";

/** How many newer events are held back, over the older ones that are looked at, and the way to them. */
export function FreshChip({ log: { fresh, showFresh }, onShow }: { log: Events; onShow: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const show = () => {
    showFresh();
    onShow();
  };
  return (
    <div className="absolute inset-x-0 top-1.5 z-10 flex justify-center empty:hidden" aria-live="polite">
      {fresh > 0 && (
        <Button look="primary" className="h-6.5 rounded-full px-2.5 text-sm shadow-float" onClick={show}>
          <ArrowUp size={12} aria-hidden="true" />
          {t("events.fresh", { count: fresh, events: format.number(fresh) })}
        </Button>
      )}
    </div>
  );
}
