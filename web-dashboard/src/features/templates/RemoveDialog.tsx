import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { refusalsOf } from "../../api/errors";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextArea, TextField } from "../../ui/Field";
import { FieldErrors, type Said } from "../../ui/FieldErrors";
import { RemoveTemplate } from "./templates.query";

/** Takes a template away: says what that means, asks for the reason, and for its name to be typed. */
export function RemoveDialog({ name, onClose, onRemoved }: { name: string; onClose: () => void; onRemoved: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly Said[]>([]);
  const missing = typed !== name ? t("removing.typeIt", { name }) : reason.trim() === "" ? t("removing.why") : null;

  async function remove() {
    if (missing !== null || busy) return;
    setBusy(true);
    const errors = refusalsOf(await client.mutation(RemoveTemplate, { input: { template: name, reason: reason.trim() } }));
    if (errors.length === 0) return onRemoved();
    setRefused(errors);
    return setBusy(false);
  }
  return (
    <Dialog
      title={t("removing.title", { name })}
      onClose={onClose}
      onSubmit={() => void remove()}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button type="submit" look="danger" disabled={busy} blocked={missing}>
            {t("templates.remove")}
          </Button>
        </>
      }
    >
      <p>{t("removing.explain")}</p>
      <TextArea label={t("dialog.reason")} note={t("dialog.reasonNote")} value={reason} onChange={(event) => setReason(event.target.value)} data-begin />
      <TextField label={t("removing.typeIt", { name })} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
      <FieldErrors errors={refused} />
    </Dialog>
  );
}
