import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useBoundKeys, useKeys } from "../ui/keys";

/** The keys that do something on this screen, shown by `?`. */
export function KeyHelp() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const keys = useBoundKeys();
  useKeys([{ key: "?", label: t("keys.help"), run: () => setOpen(true) }]);
  if (!open) return null;
  const close = () => setOpen(false);
  return (
    <Dialog title={t("keys.title")} onClose={close} footer={<Button onClick={close}>{t("dialog.close")}</Button>}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
        {keys.map(({ key, label }) => (
          <div key={`${key} ${label}`} className="contents">
            <dt>
              <kbd className="inline-flex h-5 min-w-6 items-center justify-center rounded-sm border border-line-strong px-1.5 font-sans text-sm">
                {key === "Escape" ? "Esc" : key}
              </kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
