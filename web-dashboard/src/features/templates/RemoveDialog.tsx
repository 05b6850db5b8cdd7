import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { refusalsOf } from "../../api/errors";
import { useAnswer } from "../../api/useAnswer";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextArea, TextField } from "../../ui/Field";
import { FieldErrors, type Said } from "../../ui/FieldErrors";
import { RemoveTemplate, UsesQuery } from "./templates.query";

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
      <Uses template={name} />
      <TextArea label={t("dialog.reason")} note={t("dialog.reasonNote")} value={reason} onChange={(event) => setReason(event.target.value)} data-begin />
      <TextField label={t("removing.typeIt", { name })} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
      <FieldErrors errors={refused} />
    </Dialog>
  );
}

const NO_VARIABLES = {};

/** The schedules that will skip their moments. */
function Uses({ template }: { template: string }) {
  const { t } = useTranslation();
  const { data, error } = useAnswer(UsesQuery, NO_VARIABLES);
  const names = data?.schedules.filter((schedule) => schedule.template === template).map(({ name }) => name);
  if (names === undefined) return error === null ? null : <FieldErrors errors={[{ message: t("removing.usesUnknown"), hint: error }]} />;
  if (names.length === 0) return <p className="text-ink-2">{t("removing.unused")}</p>;
  return (
    <p className="tone-deferred tone-panel px-3 py-1.5">
      {t("removing.usedBy", { count: names.length })} {names.join(", ")}
    </p>
  );
}
