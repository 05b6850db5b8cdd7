import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";

const LINE = 18;

/** What a record says, as indented JSON. A sealed plan has ten thousand hosts: only the lines in sight exist. */
export function Payload({ payload }: { payload: unknown }) {
  const { t } = useTranslation();
  const text = useMemo(() => JSON.stringify(payload, null, 2), [payload]);
  const lines = useMemo(() => text.split("\n"), [text]);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 20 });
  return (
    <section aria-label={t("audit.payload")} className="border-t border-line">
      <div className="flex items-center px-4 pt-2">
        <h3 className="font-semibold">{t("audit.payload")}</h3>
        <span className="ml-auto">
          <CopyButton label={t("audit.copyPayload")} text={text} />
        </span>
      </div>
      <div ref={scroller} tabIndex={0} role="group" aria-label={t("audit.payload")} className="max-h-80 overflow-auto px-4 pb-3">
        <div className="relative min-w-max font-mono text-sm" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start, key }) => (
            <div key={key} className="absolute left-0 leading-[18px] whitespace-pre" style={{ transform: `translateY(${start}px)` }}>
              {lines[index]}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
