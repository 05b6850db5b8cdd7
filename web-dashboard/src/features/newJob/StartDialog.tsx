import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useFormat } from "../../useFormat";
import type { Plan, Preview } from "./newJob.query";

interface StartDialogProps {
  template: string;
  plan: Plan;
  preview: Preview;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Says in words what will happen to how many hosts before it does. */
export function StartDialog({ template, plan, preview, busy, onConfirm, onClose }: StartDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [canary, next] = plan.batches;
  const effects = [
    { name: "changed", hosts: plan.hosts },
    { name: "first", hosts: canary?.size ?? 0 },
    ...preview.deferredNow.map(({ hosts }) => ({ name: "waits", hosts }) as const),
  ] as const;
  return (
    <Dialog
      title={t("newJob.startTitle", { template })}
      onClose={onClose}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={onClose}>{t("dialog.back")}</Button>
          <Button type="submit" look="primary" disabled={busy} data-begin>
            {t("newJob.createAndStart")}
          </Button>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 border-y border-line py-2">
        {effects.map(({ name, hosts }, at) => (
          <div key={at} className="contents">
            <dt className="text-right text-lg font-semibold">{format.number(hosts)}</dt>
            <dd className="text-ink-2">
              {t(`newJob.effect.${name}`, { count: hosts })}
              {name === "first" && <span className="block font-mono text-sm break-words">{canary?.firstHosts.join("  ")}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p>{goesOn()}</p>
      <p className="text-sm text-ink-3">
        {t("newJob.hash")} <code className="font-mono">{plan.hash.slice(0, 12)}</code>
      </p>
    </Dialog>
  );

  /** Whether anybody is asked after the canary. */
  function goesOn(): string {
    if (next === undefined) return t("newJob.onlyBatch");
    return t(canary?.stage?.approve === true ? "newJob.asksAfterCanary" : "newJob.goesOnByItself");
  }
}
