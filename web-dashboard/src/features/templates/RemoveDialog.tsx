import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextArea, TextField } from "../../ui/Field";
import { RemoveTemplate } from "./templates.query";

/** Takes a template away: says what that means, asks for the reason, and for its name to be typed. */
export function RemoveDialog({ name, onClose, onRemoved }: { name: string; onClose: () => void; onRemoved: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const missing = typed !== name ? t("removing.typeIt", { name }) : reason.trim() === "" ? t("removing.why") : null;

  async function remove() {
    if (missing !== null || busy) return;
    setBusy(true);
    const { data, error } = await client.mutation(RemoveTemplate, { input: { template: name, reason: reason.trim() } }).toPromise();
    const [why] = data?.removeTemplate.userErrors ?? [];
    if (error === undefined && why === undefined) return onRemoved();
    setRefused(why === undefined ? (error?.message ?? "") : `${why.message} ${why.hint}`);
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
      {refused !== null && <p role="alert" className="tone-failed tone-panel px-3 py-2">{refused}</p>}
    </Dialog>
  );
}
