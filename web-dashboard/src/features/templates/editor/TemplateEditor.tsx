import type { TFunction } from "i18next";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { LeaveWarning, leavesPage } from "../../../ui/LeaveWarning";
import { Mark } from "../../../ui/Mark";
import { Skeleton } from "../../../ui/State";
import { useAddress } from "../../../useAddress";
import { ApplyDialog, type Standing } from "./ApplyDialog";
import { DryRunPanel } from "./DryRunPanel";
import { type Draft, keepDraft, readDraft } from "./draft";
import type { Diagnostic } from "./editor.query";
import { useKnowledge } from "./useKnowledge";
import { useValidation, type Validated } from "./useValidation";
import type { Jump } from "./YamlEditor";

const YamlEditor = lazy(async () => ({ default: (await import("./YamlEditor")).YamlEditor }));

const NONE: readonly Diagnostic[] = [];

/** A template being written: the text with what is wrong in it, a dry run beside it, and putting it in place. */
export function TemplateEditor({ name, source, version, onApplied }: {
  /** The template that is edited; null for a new one. */
  name: string | null;
  /** The text that is in place, or that one begins with. */
  source: string;
  /** Its version; 0 for a new template. */
  version: number;
  /** A version was applied. */
  onApplied: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useDraft(name, { text: source, base: version });
  const [applying, setApplying] = useState(false);
  const [jump, setJump] = useState<Jump | null>(null);
  const [dry, setDry] = useAddress("dry");
  const validated = useValidation(draft.text);
  const knowledge = useKnowledge();
  const [seen, setSeen] = useState<Standing | null>(null);
  // Somebody else may have applied a version since the page was read.
  const newest: Standing = seen !== null && seen.version > version ? seen : { version, source };
  const changed = draft.text !== newest.source;
  const diagnostics = validated.validation?.diagnostics ?? NONE;
  const written = validated.validation?.definition?.name ?? null;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <Verdict validated={validated} />
        <div className="ml-auto flex items-center gap-2">
          {changed && <span className="text-sm text-ink-2 max-sm:sr-only">{t("editor.kept")}</span>}
          {changed && (
            <Button look="quiet" onClick={() => setDraft(null)}>
              {t("editor.discard")}
            </Button>
          )}
          <Button aria-pressed={dry !== ""} onClick={() => setDry(dry === "" ? "1" : "")}>
            {t("editor.dryRun")}
          </Button>
          <Button look="primary" blocked={whyNot(validated, changed, t)} onClick={() => setApplying(true)}>
            {t("editor.apply")}
          </Button>
        </div>
      </div>
      {draft.base !== newest.version && changed && (
        <p className="tone-deferred tone-panel px-4 py-1.5 text-sm">{t("editor.behind", { base: draft.base, version: newest.version })}</p>
      )}
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <div className="h-[420px] min-h-0 lg:h-auto lg:flex-1">
            <Suspense fallback={<Skeleton label={t("state.loading")} lines={8} />}>
              <YamlEditor
                label={t("editor.label")}
                text={draft.text}
                onChange={(text) => setDraft({ ...draft, text })}
                diagnostics={diagnostics}
                knowledge={knowledge}
                jump={jump}
              />
            </Suspense>
          </div>
          <Findings diagnostics={diagnostics} onJump={setJump} />
        </div>
        {dry !== "" && <DryRunPanel text={draft.text} definition={validated.validation?.definition ?? null} />}
      </div>
      {applying && (
        <ApplyDialog
          before={newest.source}
          source={draft.text}
          base={name === written ? draft.base : 0}
          next={name === written ? newest.version + 1 : 1}
          name={written ?? ""}
          replaces={name !== null && name !== written ? name : null}
          onTakeOver={(standing) => {
            setSeen(standing);
            setDraft({ ...draft, base: standing.version });
          }}
          onClose={() => setApplying(false)}
          onApplied={(applied) => {
            setDraft(null);
            onApplied(applied);
          }}
        />
      )}
      <LeaveWarning when={changed && !applying} leaves={leavesPage} title={t("editor.leave.title")} explain={t("editor.leave.explain")} />
    </div>
  );
}

/** The text that is written, kept in this tab as long as it differs from what is in place. */
function useDraft(name: string | null, standing: Draft): [Draft, (draft: Draft | null) => void] {
  const [kept, setKept] = useState(() => readDraft(name));
  const draft = kept ?? standing;
  const set = (next: Draft | null) => {
    const isNew = next !== null && next.text !== standing.text;
    keepDraft(name, isNew ? next : null);
    setKept(isNew ? next : null);
  };
  return [draft, set];
}

function whyNot({ validation, stale }: Validated, changed: boolean, t: TFunction): string | null {
  if (!changed) return t("editor.unchanged");
  if (stale || validation === null) return t("editor.checking");
  return validation.valid ? null : t("editor.hasErrors");
}

/** Whether the text could be applied, in a word. */
function Verdict({ validated: { validation, stale, error } }: { validated: Validated }) {
  const { t } = useTranslation();
  const diagnostics = validation?.diagnostics ?? NONE;
  const errors = diagnostics.filter(({ severity }) => severity === "ERROR").length;
  if (error !== null) return <span className="tone-failed tone-text text-sm" role="status">{error}</span>;
  const [tone, said] =
    validation === null
      ? (["waiting", t("editor.checking")] as const)
      : errors > 0
        ? (["failed", t("editor.errors", { count: errors })] as const)
        : diagnostics.length > 0
          ? (["deferred", t("editor.doubtful", { count: diagnostics.length })] as const)
          : (["done", t("editor.valid")] as const);
  return (
    <span role="status" className={`tone-${tone} tone-text inline-flex items-center gap-1.5 font-medium ${stale ? "opacity-60" : ""}`}>
      <Mark tone={tone} />
      {said}
    </span>
  );
}

/** What was found, line by line; a click goes there. */
function Findings({ diagnostics, onJump }: { diagnostics: readonly Diagnostic[]; onJump: (jump: Jump) => void }) {
  const { t } = useTranslation();
  if (diagnostics.length === 0) return <p className="border-t border-line px-4 py-1 text-sm text-ink-3">{t("editor.keys")}</p>;
  return (
    <ul aria-label={t("editor.findings")} className="max-h-40 shrink-0 overflow-y-auto border-t border-line">
      {diagnostics.map(({ severity, line, column, message, help }, at) => (
        <li key={`${at} ${line} ${column}`}>
          <button
            type="button"
            onClick={() => onJump({ line, column })}
            className="flex w-full items-baseline gap-2 px-4 py-1 text-left text-sm hover:bg-hover"
          >
            <Mark tone={severity === "ERROR" ? "failed" : "deferred"} />
            <span className="sr-only">{t(`editor.severity.${severity}`)}</span>
            <span className="w-12 shrink-0 tabular-nums text-ink-3">
              {line}:{column}
            </span>
            <span className="min-w-0">
              {message}
              {help !== null && <span className="text-ink-3"> · {help}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
