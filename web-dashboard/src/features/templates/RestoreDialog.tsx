import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { refusalsOf } from "../../api/errors";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FieldErrors, type Said } from "../../ui/FieldErrors";
import { DiffView } from "./DiffView";
import { ApplyTemplate, type Version } from "./templates.query";

/** Applies the text of an old version anew, after saying what that changes. */
export function RestoreDialog({ name, newest, current, version, onClose, onApplied }: {
  name: string;
  newest: number;
  /** The text of the newest version. */
  current: string;
  version: Version;
  onClose: () => void;
  onApplied: () => void;
}) {
  const { t } = useTranslation();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Said[]>([]);

  async function restore() {
    setBusy(true);
    const input = { source: version.source, baseVersion: newest };
    const errors = refusalsOf(await client.mutation(ApplyTemplate, { input }));
    if (errors.length === 0) return onApplied();
    setRefused(errors);
    return setBusy(false);
  }
  return (
    <Dialog
      title={t("versions.restoreTitle", { name, version: version.version })}
      onClose={onClose}
      onSubmit={() => void restore()}
      footer={
        <>
          <Button onClick={onClose} data-begin>
            {t("dialog.back")}
          </Button>
          <Button type="submit" look="danger" disabled={busy}>
            {t("versions.restoreNow", { version: version.version })}
          </Button>
        </>
      }
    >
      <p>{t("versions.restoreExplain", { version: version.version, next: newest + 1 })}</p>
      <p className="text-ink-2">{t("apply.runningKeep")}</p>
      <div className="max-h-64 overflow-y-auto">
        <DiffView before={current} after={version.source} label={t("apply.changes")} />
      </div>
      <FieldErrors errors={refused} />
    </Dialog>
  );
}
