import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, Download } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../../ui/Button";
import { useKeys } from "../../../ui/keys";
import { Menu, MenuItem } from "../../../ui/Menu";
import { SearchField } from "../../../ui/SearchField";
import { useFormat } from "../../../useFormat";
import { parseAnsi, plainText, type Span } from "./ansi";
import type { LogLine } from "./log";
import { type AttemptKey, useOutput } from "./useOutput";

const LINE = 18;

/** What an attempt writes, while it writes it. Lines of standard error are marked. */
export function OutputPane({ job, host, attempt }: { job: string; host: string; attempt: AttemptKey }) {
  const { t } = useTranslation();
  const format = useFormat();
  const output = useOutput(job, host, attempt);
  const { lines } = output.log;
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const [follow, setFollow] = useState(true);
  const scroller = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  const { version } = output;
  const hits = useMemo(() => findLines(lines, search, version), [lines, search, version]);
  const hit = hits[at % Math.max(1, hits.length)];
  useEffect(() => {
    if (follow && lines.length > 0 && search === "") rows.scrollToIndex(lines.length - 1, { align: "end" });
  }, [follow, lines, version, rows, search]);
  useEffect(() => {
    if (hit !== undefined) rows.scrollToIndex(hit, { align: "center" });
  }, [hit, rows]);
  useKeys([{ key: "/", label: t("keys.searchOutput"), run: () => field.current?.focus() }]);

  const onScroll = () => {
    const box = scroller.current;
    if (box !== null) setFollow(box.scrollHeight - box.scrollTop - box.clientHeight < LINE * 2);
  };
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") setAt((before) => before + (event.shiftKey ? hits.length - 1 : 1));
    if (event.key === "Escape") {
      setSearch("");
      event.stopPropagation();
      field.current?.blur();
    }
  };
  return (
    <section aria-label={t("output.title")} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-1 border-y border-line px-4 py-1">
        <h3 className="font-semibold">{t("output.title")}</h3>
        <span className="mr-auto ml-2 truncate text-sm text-ink-3">
          {attempt.step}
          {attempt.number > 1 && ` · ${t("attempt.number", { number: attempt.number })}`}
          {!output.complete && ` · ${t("output.live")}`}
        </span>
        <SearchField
          label={t("output.search")}
          field={field}
          value={search}
          onKeyDown={onSearchKey}
          onChange={(event) => {
            setSearch(event.target.value);
            setAt(0);
          }}
          className="h-6 w-24 text-sm md:w-36"
        />
        <span aria-live="polite" className="text-sm text-ink-3">
          {search !== "" && t("output.hits", { count: hits.length })}
        </span>
        <IconButton label={t("output.follow")} aria-pressed={follow} onClick={() => setFollow(!follow)}>
          <ArrowDownToLine size={14} aria-hidden="true" />
        </IconButton>
        <Menu
          trigger={
            <IconButton label={t("output.download")}>
              <Download size={14} aria-hidden="true" />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => void output.download("OUT")}>{t("output.stdout")}</MenuItem>
          <MenuItem onSelect={() => void output.download("ERR")}>{t("output.stderr")}</MenuItem>
        </Menu>
      </div>
      <div ref={scroller} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={t("output.title")} className="min-h-32 flex-1 overflow-auto bg-sunk py-1.5 font-mono text-sm">
        {output.earlier > 0 && (
          <button type="button" onClick={output.readEarlier} className="px-4 pb-1 font-sans text-accent hover:underline">
            {t("output.earlier", { bytes: format.bytes(output.earlier) })}
          </button>
        )}
        {output.error !== null && <p className="tone-failed tone-text px-4 font-sans">{output.error}</p>}
        {lines.length === 0 && <p className="px-4 font-sans text-ink-3">{output.complete ? t("output.nothing") : t("output.nothingYet")}</p>}
        <div className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines[index];
            return line === undefined ? null : <Line key={index} line={line} start={start} marked={index === hit} />;
          })}
        </div>
      </div>
    </section>
  );
}

/** The lines with a text in them. The version says that there are more lines in the same list. */
function findLines(lines: readonly LogLine[], search: string, _version: number): number[] {
  const wanted = search.toLowerCase();
  if (wanted === "") return [];
  return lines.flatMap(({ text }, index) => (plainText(text).toLowerCase().includes(wanted) ? [index] : []));
}

function Line({ line, start, marked }: { line: LogLine; start: number; marked: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isError = line.stream === "ERR";
  return (
    <div
      className={`absolute top-0 left-0 flex h-[18px] min-w-full pr-4 leading-[18px] whitespace-pre ${marked ? "bg-accent-soft" : ""} ${isError ? "tone-failed bg-(--tone-soft) shadow-[inset_3px_0_0_var(--tone)]" : ""}`}
      style={{ transform: `translateY(${start}px)` }}
    >
      <span className={`w-4 shrink-0 ${isError ? "tone-text" : ""}`}>
        {isError && <span className="sr-only">{t("output.stderr")}: </span>}
      </span>
      {line.cut === undefined ? (
        parseAnsi(line.text).map((span, at) => <Styled key={at} span={span} />)
      ) : (
        <em className="font-sans text-ink-3">{t("output.cut", { bytes: format.bytes(line.cut) })}</em>
      )}
    </div>
  );
}

function Styled({ span }: { span: Span }) {
  const look = [
    span.colour === null ? "" : `ansi-${span.colour}`,
    span.bold ? "font-bold" : "",
    span.dim ? "opacity-65" : "",
    span.underline ? "underline" : "",
  ];
  return <span className={look.join(" ")}>{span.text}</span>;
}
