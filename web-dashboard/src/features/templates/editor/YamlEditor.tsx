import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, type CompletionContext, completionKeymap, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { type Knowledge, type Suggestion, suggestionsAt } from "./completion";
import { marksOf } from "./diagnostics";
import type { Diagnostic } from "./editor.query";
import { THEME } from "./theme";

/** A place a person is taken to: the line and column of a finding. It counts again whenever it is a new object. */
export interface Jump {
  line: number;
  column: number;
}

interface Editing {
  label: string;
  /** What stands there at first. A text that comes from elsewhere later takes its place. */
  text: string;
  onChange: (text: string) => void;
  diagnostics: readonly Diagnostic[];
  knowledge: Knowledge | null;
  jump: Jump | null;
}

/**
 * The editor. It stands in a shadow root: CodeMirror brings its styles along, and there it adopts them as sheets, which
 * the server's policy allows; in the page itself it would have to add style elements, which it forbids.
 */
export function YamlEditor({ label, text, onChange, diagnostics, knowledge, jump }: Editing) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, knowledge, text });
  useEffect(() => {
    latest.current = { onChange, knowledge, text };
  });
  useEffect(() => {
    const host = place.current;
    if (host === null) return;
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const said = (text: string) => latest.current.onChange(text);
    const known = () => latest.current.knowledge;
    const state = EditorState.create({ doc: latest.current.text, extensions: extensions(label, said, known) });
    view.current = new EditorView({ state, root, parent: root });
    return () => {
      view.current?.destroy();
      view.current = null;
    };
  }, [label]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === text) return;
    const changes = { from: 0, to: editor.state.doc.length, insert: text };
    editor.dispatch({ changes, annotations: Transaction.addToHistory.of(true) });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor !== null) editor.dispatch(setDiagnostics(editor.state, marksOf(diagnostics, editor.state.doc)));
  }, [diagnostics, label]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || jump === null) return;
    const line = editor.state.doc.line(Math.min(jump.line, editor.state.doc.lines));
    const at = Math.min(line.from + jump.column - 1, line.to);
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    editor.focus();
  }, [jump]);
  return <div ref={place} className="h-full min-h-0" />;
}

function extensions(label: string, said: (text: string) => void, knowledge: () => Knowledge | null) {
  return [
    lineNumbers(),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    bracketMatching(),
    closeBrackets(),
    yaml(),
    syntaxHighlighting(classHighlighter),
    autocompletion({ override: [(context) => complete(context, knowledge())], icons: false }),
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) said(update.state.doc.toString());
    }),
    THEME,
  ];
}

function complete(context: CompletionContext, knowledge: Knowledge | null): CompletionResult | null {
  if (knowledge === null) return null;
  const typesAWord = context.matchBefore(/[\w."'{]+$/) !== null;
  const afterValue = context.matchBefore(/:\s$/) !== null;
  if (!context.explicit && !typesAWord && !afterValue) return null;
  const found = suggestionsAt(context.state.doc.toString(), context.pos, knowledge);
  return found === null ? null : { from: found.from, options: found.options.map(asCompletion), validFor: /^[\w.-]*$/ };
}

function asCompletion({ label, type, detail, info, apply }: Suggestion) {
  return {
    label,
    type,
    ...(detail === undefined ? {} : { detail }),
    ...(info === undefined ? {} : { info }),
    ...(apply === undefined ? {} : { apply }),
  };
}
