import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Mark } from "../../ui/Mark";
import type { Tone } from "../../ui/tone";
import { useFormat } from "../../useFormat";
import type { LogVerification } from "./audit.query";
import type { Verification } from "./useVerification";

/** How far the verification of the log is, and then what it proved or found. */
export function VerificationPanel({ verification, onClose }: { verification: Verification; onClose: () => void }) {
  const { t } = useTranslation();
  const { told, refused } = verification;
  const tone = toneOf(told, refused);
  return (
    <section aria-label={t("verify.title")} aria-live="polite" className={`tone-${tone} tone-panel mx-4 mb-2 flex gap-3 px-3 py-2`}>
      <span className="mt-1">
        <Mark tone={tone} pulse={verification.running} />
      </span>
      <div className="min-w-0 flex-1">
        {refused !== null && <p className="font-medium">{t("verify.refused", { why: refused })}</p>}
        {refused === null && told?.verified == null && <Progress told={told} />}
        {refused === null && told?.verified === true && <Proved told={told} />}
        {refused === null && told?.verified === false && <Damaged told={told} />}
      </div>
      {!verification.running && (
        <IconButton label={t("dialog.close")} className="-my-0.5" onClick={onClose}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </section>
  );
}

function toneOf(told: LogVerification | null, refused: string | null): Tone {
  if (refused !== null || told?.verified === false) return "failed";
  return told?.verified === true ? "done" : "running";
}

function Progress({ told }: { told: LogVerification | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [checked, of] = [told?.checked ?? 0, told?.of ?? 0];
  return (
    <>
      <p className="font-medium">{t("verify.running", { checked: format.number(checked), of: format.number(of) })}</p>
      <progress className="mt-1.5 block h-1.5 w-full max-w-md accent-accent" value={checked} max={Math.max(of, 1)} aria-label={t("verify.title")} />
    </>
  );
}

function Proved({ told }: { told: LogVerification }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <p className="font-medium">{t("verify.holds", { count: told.checked, total: format.number(told.checked) })}</p>
      <p className="text-ink-2">{t("verify.how", { time: format.length(told.took ?? 0) })}</p>
      {told.root !== null && (
        <p className="mt-1 flex flex-wrap items-center gap-x-2 text-sm">
          <span className="text-ink-2">{t("verify.root")}</span>
          <code className="font-mono break-all">{told.root}</code>
          <CopyButton label={t("verify.copyRoot")} text={told.root} />
        </p>
      )}
    </>
  );
}

function Damaged({ told }: { told: LogVerification }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <p className="font-medium">{t("verify.damaged", { place: told.problem?.place ?? "" })}</p>
      <p className="break-words text-ink-2">{told.problem?.what}</p>
      <p className="text-ink-2">{t("verify.goodSoFar", { checked: format.number(told.checked), of: format.number(told.of) })}</p>
      <p className="mt-1">{t("verify.next")}</p>
    </>
  );
}
