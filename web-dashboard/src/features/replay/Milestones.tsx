import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Mark as Sign } from "../../ui/Mark";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { useFormat } from "../../useFormat";
import { useWords } from "../../useWords";
import { isOfBatch, markBy, markTone } from "./course";
import type { Mark } from "./replay.query";

const ROW = 28;

/** The milestones, oldest first, with the one that is looked at. Each leads to where it happened. */
export function Milestones({ marks, position, onMark }: { marks: readonly Mark[]; position: number; onMark: (mark: Mark) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: marks.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8 });
  const current = markBy(marks, position);
  const list = useRef(rows);
  useEffect(() => {
    list.current = rows;
  });
  useEffect(() => {
    if (current >= 0) list.current.scrollToIndex(current, { align: "auto" });
  }, [current]);
  return (
    <Panel title={t("replay.milestones")} count={format.number(marks.length)} className="flex min-h-0 flex-1 flex-col">
      <div ref={scroller} className="h-72 overflow-y-auto lg:h-auto lg:min-h-0 lg:flex-1">
        <ol className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const mark = marks[index];
            if (mark === undefined) return null;
            return (
              <li key={key} className="absolute inset-x-0" style={{ transform: `translateY(${start}px)` }}>
                <button
                  type="button"
                  aria-current={index === current ? "step" : undefined}
                  title={words.said(mark.sentence)}
                  onClick={() => onMark(mark)}
                  className="flex h-7 w-full min-w-0 items-center gap-2 px-4 text-left text-sm whitespace-nowrap hover:bg-hover aria-[current=step]:bg-accent-soft aria-[current=step]:font-semibold"
                >
                  <Sign tone={markTone(mark)} size={9} />
                  <span className="min-w-0 flex-1 truncate">
                    {isOfBatch(mark.kind) ? t(`markOfBatch.${mark.kind}`, { batch: mark.batch }) : t(`mark.${mark.kind}`)}
                  </span>
                  <span className={`shrink-0 font-normal ${index === current ? "text-ink-2" : "text-ink-3"}`}>
                    <Moment at={mark.at} />
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      </div>
    </Panel>
  );
}
