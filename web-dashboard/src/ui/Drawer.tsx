import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { useKeys } from "./keys";
import { useFocusBack } from "./useFocusBack";

const WIDTH = { narrow: "md:w-[520px]", middle: "md:w-[560px]", wide: "md:w-[640px]" } as const;

interface DrawerProps {
  label: string;
  /** What stands at its top, beside the button that closes it. */
  heading: ReactNode;
  width: keyof typeof WIDTH;
  /** Whether its parts scroll by themselves; otherwise all of it does. */
  parted?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** Something told in full beside the page it was opened from. The keyboard goes there, and back when it closes. */
export function Drawer({ label, heading, width, parted = false, onClose, children }: DrawerProps) {
  const { t } = useTranslation();
  const drawer = useRef<HTMLElement>(null);
  useFocusBack(drawer);
  useKeys([{ key: "Escape", label: t("keys.close"), run: onClose }]);
  return (
    <aside
      ref={drawer}
      tabIndex={-1}
      aria-label={label}
      data-drawer
      className={`slide-in fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line-strong bg-paper shadow-float outline-none ${WIDTH[width]} ${parted ? "" : "overflow-y-auto"}`}
    >
      <header className="flex items-start gap-3 px-4 pt-3 pb-2">
        <div className="min-w-0">{heading}</div>
        <IconButton label={t("dialog.close")} className="ml-auto" onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </IconButton>
      </header>
      {children}
    </aside>
  );
}
