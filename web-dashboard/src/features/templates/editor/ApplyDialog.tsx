import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useClient } from "urql";
import { reader } from "../../../api/client";
import { wordsOf } from "../../../api/errors";
import { links } from "../../../links";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { DiffView } from "../DiffView";
import { ApplyTemplate, TemplateQuery } from "../templates.query";

/** The version of a template that stands. */
export interface Standing {
  version: number;
  source: string;
}

interface Refused {
  message: string;
  hint: string;
  /** What stands by now, where that is why. */
  newest: Standing | null;
}

/** Says what will happen, applies the text, and tells what came between where somebody was quicker. */
export function ApplyDialog({ name, before, source, base, next, replaces, onTakeOver, onClose, onApplied }: {
  /** The template the text is of. */
  name: string;
  /** The text that stands now. */
  before: string;
  source: string;
  /** The version the text was made from. */
  base: number;
  /** The number it will get if nobody is quicker. */
  next: number;
  /** The template that was opened, where the text is of another one by now. */
  replaces: string | null;
  /** The author has seen the newest version, and goes on from it. */
  onTakeOver: (newest: Standing) => void;
  onClose: () => void;
  onApplied: (name: string) => void;
}) {
  const { t } = useTranslation();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);

  const newest = base === 0 ? null : (refused?.newest ?? null);
  async function apply() {
    setBusy(true);
    const { data, error } = await client.mutation(ApplyTemplate, { input: { source, baseVersion: base } }).toPromise();
    const [why] = data?.answer.userErrors ?? [];
    if (error === undefined && why === undefined) return onApplied(data?.answer.template?.name ?? name);
    const newest = why?.code === "CONFLICT" ? await standing() : null;
    setRefused({ message: why?.message ?? (error === undefined ? "" : wordsOf(error)), hint: why?.hint ?? "", newest });
    return setBusy(false);
  }
  async function standing(): Promise<Standing | null> {
    const { data } = await reader.query(TemplateQuery, { name }).toPromise();
    return data?.template ?? null;
  }
  return (
    <Dialog
      title={base === 0 ? t("apply.titleNew", { name }) : t("apply.title", { name })}
      onClose={onClose}
      onSubmit={() => void apply()}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button type="submit" look="primary" disabled={busy} data-begin>
            {t("editor.apply")}
          </Button>
        </>
      }
    >
      <p>{t(base === 0 ? "apply.willBeNew" : "apply.willBe", { version: next, name })}</p>
      <p className="text-ink-2">{t("apply.runningKeep")}</p>
      {replaces !== null && <p className="tone-deferred tone-panel px-3 py-1.5">{t("apply.renamed", { name, old: replaces })}</p>}
      {base !== 0 && (
        <div className="max-h-64 overflow-y-auto">
          <DiffView before={before} after={source} label={t("apply.changes")} />
        </div>
      )}
      {refused !== null && (
        <div role="alert" className="tone-failed tone-panel px-3 py-2">
          <p className="font-medium">{refused.message}</p>
          {refused.hint !== "" && <p className="text-ink-2">{refused.hint}</p>}
          {newest !== null && (
            <div className="mt-2 flex flex-wrap items-center gap-2">
              <Link to={links.template(name, { view: "versions", version: `${base}..${newest.version}` })} className="text-accent hover:underline">
                {t("apply.compare", { base, newest: newest.version })}
              </Link>
              <Button
                onClick={() => {
                  onTakeOver(newest);
                  setRefused(null);
                }}
              >
                {t("apply.onTop", { newest: newest.version })}
              </Button>
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}
