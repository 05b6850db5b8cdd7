import { StreamLanguage } from "@codemirror/language";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { classHighlighter, highlightCode } from "@lezer/highlight";
import type { Parser } from "@lezer/common";
import { parser as yaml } from "@lezer/yaml";
import { memo, type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CopyWordButton } from "./CopyButton";

export type CodeLanguage = "yaml" | "shell";

const PARSERS: Record<CodeLanguage, Parser> = { yaml, shell: StreamLanguage.define(shell).parser };

/** Longer texts are shown without colours: they would cost more than they help. */
const LONGEST = 200_000;

/** A text in a language of programs, to read and to copy: line numbers, and colours by classes alone. */
export function Code({ language, text, label }: { language: CodeLanguage; text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <section aria-label={label} className="min-w-0">
      <header className="flex min-h-8 items-center gap-2">
        <h2 className="eyebrow">{label}</h2>
        <span className="ml-auto">
          <CopyWordButton label={t("code.copy")} text={text} className="h-6 px-1.5 text-sm" />
        </span>
      </header>
      <Lines language={language} text={text} label={label} />
    </section>
  );
}

const Lines = memo(function Lines({ language, text, label }: { language: CodeLanguage; text: string; label: string }) {
  const lines = useMemo(() => coloured(language, text.replace(/\n$/, "")), [language, text]);
  return (
    <div className="code overflow-x-auto rounded-md border border-line bg-sunk py-2" tabIndex={0} role="group" aria-label={label}>
      <pre className="w-max min-w-full font-mono text-sm">
        {lines.map((line, at) => (
          <span key={at} className="code-line block pr-4">
            {line.length === 0 ? "\n" : line}
          </span>
        ))}
      </pre>
    </div>
  );
});

function coloured(language: CodeLanguage, text: string): ReactNode[][] {
  if (text.length > LONGEST) return text.split("\n").map((line) => (line === "" ? [] : [line]));
  const lines: ReactNode[][] = [[]];
  const put = (piece: string, classes: string) => {
    const line = lines.at(-1);
    line?.push(
      classes === "" ? piece : (
        <span key={line.length} className={classes}>
          {piece}
        </span>
      ),
    );
  };
  highlightCode(text, PARSERS[language].parse(text), classHighlighter, put, () => void lines.push([]));
  return lines;
}
