import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { STALE } from "./State";

/** A column of a list: what stands above it. The class of the list's rows says how wide it is. */
export interface Column {
  key: string;
  label: ReactNode;
  className?: string;
}

/** What can be done with a list from outside. */
export interface ListHandle {
  /** Scrolls to the first row. */
  toTop: () => void;
}

interface VirtualListProps<Row> {
  /** Said to those who do not see it. */
  label: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** How many there are in all, where that is known. */
  total?: number | null;
  /** Pixels; every row has the same height. */
  rowHeight: number;
  columns: readonly Column[];
  /** The grid that header and rows share, such as `grid grid-cols-[1fr_80px] gap-x-3`. */
  grid: string;
  /** How narrow the list may become before it scrolls sideways, as a class. */
  minWidth: string;
  /** What a row shows: its cells, each with `role="cell"`. */
  children: (row: Row) => ReactNode;
  /** The end comes into sight. */
  onNearEnd?: () => void;
  handle?: Ref<ListHandle>;
  /** Told at every scroll: the first and last row in sight. */
  onSight?: (first: number, last: number) => void;
  /** Whether the rows are those of another question, until this one is answered. */
  stale?: boolean;
  /** How tall the scrolled part is, as a class. */
  height?: string;
}

const NEAR = 30;

/** A table of which only the rows in sight exist, however many there are. It scrolls by itself. */
export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const { label, rows, keyOf, total, rowHeight, columns, grid, minWidth, children, onNearEnd, onSight } = props;
  const { handle, stale = false, height = "h-[460px] lg:h-auto lg:min-h-0 lg:flex-1" } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (at) => (rows[at] === undefined ? at : keyOf(rows[at])),
  });
  useImperativeHandle(handle, () => ({ toTop: () => virtual.scrollToOffset(0) }), [virtual]);
  const items = virtual.getVirtualItems();
  const [first, last] = [virtual.range?.startIndex ?? 0, virtual.range?.endIndex ?? 0];
  const told = useRef({ onNearEnd, onSight });
  useEffect(() => {
    told.current = { onNearEnd, onSight };
  });
  const wantsMore = onNearEnd !== undefined;
  // Not at every render: what could not be read would be asked for without end.
  useEffect(() => {
    told.current.onSight?.(first, last);
    if (wantsMore && last >= rows.length - NEAR) told.current.onNearEnd?.();
  }, [first, last, rows, wantsMore]);
  return (
    <div className="min-h-0 flex-1 overflow-x-auto">
      <div className={`flex h-full flex-col ${minWidth} ${stale ? STALE : ""}`} aria-busy={stale} role="table" aria-label={label} aria-rowcount={total ?? -1}>
        <div role="rowgroup">
          <div role="row" className={`${grid} eyebrow h-6 items-center border-b border-line`}>
            {columns.map(({ key, label, className = "" }) => (
              <span key={key} role="columnheader" className={className}>
                {label}
              </span>
            ))}
          </div>
        </div>
        <div ref={scroller} className={`overflow-y-auto ${height}`} tabIndex={0} role="rowgroup" aria-label={label}>
          <div className="relative" role="presentation" style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index, start, key }) => {
              const row = rows[index];
              return row === undefined ? null : (
                <div
                  key={key}
                  role="row"
                  aria-rowindex={index + 1}
                  className={`${grid} absolute inset-x-0 items-center border-b border-line hover:bg-hover`}
                  style={{ height: rowHeight, transform: `translateY(${start}px)` }}
                >
                  {children(row)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
