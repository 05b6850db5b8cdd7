import { Filter } from "lucide-react";
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../useFormat";
import { completed, type Suggestion, type Typing, typingAt } from "./completion";
import type { SelectorProblem } from "./selector.query";
import { useSuggestions } from "./useSuggestions";

interface SelectorFieldProps {
  label: string;
  value: string;
  onChange: (selector: string) => void;
  /** Why the server cannot read it. */
  problem: SelectorProblem | null;
  /** What stands at the end of the field, such as how many hosts it chooses. */
  count?: string | undefined;
  field?: Ref<HTMLInputElement>;
  placeholder?: string;
}

/** A field for a selector: labels and values are suggested while it is typed, and a problem is marked at its place. */
export function SelectorField({ label, value, onChange, problem, count, field, placeholder }: SelectorFieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useImperativeHandle(field, () => input.current as HTMLInputElement);
  // An address takes a moment to change; what is typed meanwhile must not be lost to what it still says.
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? value;
  const [typing, setTyping] = useState<Typing | null>(null);
  // The one that the arrows lead to; none while nobody has looked among them.
  const [chosen, setChosen] = useState<number | null>(null);
  const { found, whole } = useSuggestions(typing);
  const isOpen = typing !== null && found.length > 0;
  // What is something already stays that, also where longer ones begin with it, until the arrows lead elsewhere.
  const at = chosen === null ? (whole ? -1 : 0) : Math.min(chosen, found.length - 1);

  function change(text: string) {
    setTyped(text);
    onChange(text);
  }
  function look() {
    const caret = input.current?.selectionStart ?? 0;
    setTyping(typingAt(input.current?.value ?? "", caret));
    setChosen(null);
  }
  function take({ text }: Suggestion) {
    const box = input.current;
    if (box === null || typing === null) return;
    const next = completed(box.value, box.selectionStart ?? box.value.length, typing, text);
    change(next.text);
    // The cursor is put where it belongs after the text is there.
    requestAnimationFrame(() => {
      box.focus();
      box.setSelectionRange(next.caret, next.caret);
      look();
    });
  }
  function onKey(event: KeyboardEvent) {
    const suggestion = found[at];
    if (event.key === "Escape" && typing !== null) {
      setTyping(null);
      event.stopPropagation();
    } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? at + 1 : at - 1;
      setChosen((next + found.length) % found.length);
    } else if (isOpen && suggestion !== undefined && (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && chosen !== null))) {
      event.preventDefault();
      take(suggestion);
    }
  }
  return (
    <div className="relative min-w-0 flex-1">
      <div className="relative">
        <Filter size={13} aria-hidden="true" className="absolute top-2 left-2 text-ink-3" />
        <input
          ref={input}
          role="combobox"
          aria-label={label}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={problem !== null}
          aria-describedby={problem === null || isOpen ? undefined : `${id}-problem`}
          value={shown}
          placeholder={placeholder ?? label}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => {
            change(event.target.value);
            look();
          }}
          onClick={look}
          onBlur={() => {
            setTyped(null);
            setTyping(null);
          }}
          onKeyDown={onKey}
          className={`h-7 w-full rounded-md border bg-paper pr-24 pl-7 font-mono text-sm ${problem === null ? "border-line-strong" : "border-failed"}`}
        />
        {count !== undefined && <span className="pointer-events-none absolute top-1.5 right-2 text-sm text-ink-3">{count}</span>}
      </div>
      {/* Who is offered what comes next need not be told that something is missing. */}
      {problem !== null && !isOpen && <Problem id={`${id}-problem`} selector={shown} problem={problem} />}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t("selector.suggestions")}
        hidden={!isOpen}
        className="absolute top-8 left-0 z-40 max-h-72 min-w-56 overflow-y-auto rounded-lg border border-line-strong bg-raised p-1 shadow-float"
      >
        {isOpen &&
          found.map((suggestion, index) => (
            <Option key={suggestion.text} id={`${id}-${index}`} suggestion={suggestion} chosen={index === at} onTake={() => take(suggestion)} />
          ))}
      </div>
    </div>
  );
}

function Option({ id, suggestion, chosen, onTake }: { id: string; suggestion: Suggestion; chosen: boolean; onTake: () => void }) {
  const format = useFormat();
  return (
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      // The field keeps the focus: it would close the list otherwise.
      onMouseDown={(event) => {
        event.preventDefault();
        onTake();
      }}
      className="flex cursor-pointer items-baseline gap-6 rounded-md px-2 py-0.5 font-mono text-sm hover:bg-hover aria-selected:bg-hover"
    >
      {suggestion.text}
      {suggestion.hosts !== null && <span className="ml-auto font-sans text-ink-2">{format.number(suggestion.hosts)}</span>}
    </div>
  );
}

/** How much of the selector is shown around the place of a problem. */
const AROUND = 24;

function Problem({ id, selector, problem }: { id: string; selector: string; problem: SelectorProblem }) {
  const { t } = useTranslation();
  // The server counts characters as people do, not as JavaScript does.
  const letters = Array.from(selector);
  const at = Math.min(problem.offset, letters.length);
  const from = Math.max(0, at - AROUND);
  return (
    <div id={id} role="alert" className="tone-failed tone-panel mt-1 px-3 py-1.5 text-sm">
      <p className="overflow-hidden font-mono whitespace-pre" aria-label={t("selector.place", { place: at + 1 })}>
        {from > 0 && "…"}
        {letters.slice(from, at).join("")}
        <mark className="tone-text bg-transparent font-bold underline decoration-wavy decoration-2 underline-offset-4">{letters[at] ?? "\u00a0"}</mark>
        {letters.slice(at + 1, at + 1 + AROUND).join("")}
        {letters.length > at + 1 + AROUND && "…"}
      </p>
      <p className="break-words">
        <span className="font-medium">{problem.message}</span>
        {problem.hint !== "" && <span className="text-ink-2">: {problem.hint}</span>}
      </p>
    </div>
  );
}
