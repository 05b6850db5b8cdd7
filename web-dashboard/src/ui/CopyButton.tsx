import { Check, Copy, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./Button";
import { type Copied, useCopy } from "./useCopy";

/** Copies a text, and shows for a moment that it did, or that it could not. */
export function CopyButton({ label, text, className = "size-6" }: { label: string; text: string; className?: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <>
      <IconButton label={copied === null ? label : t(`copy.${copied}`)} className={className} onClick={() => copy(text)}>
        <CopyIcon copied={copied} />
      </IconButton>
      <span className="sr-only" aria-live="polite">
        {copied !== null && t(`copy.${copied}`)}
      </span>
    </>
  );
}

/** The same as a word. */
export function CopyWordButton({ label, text, blocked = null, className = "" }: { label: string; text: string; blocked?: string | null; className?: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <Button look="quiet" blocked={blocked} className={className} onClick={() => copy(text)}>
      <CopyIcon copied={copied} />
      <span aria-live="polite">{copied === null ? label : t(`copy.${copied}`)}</span>
    </Button>
  );
}

function CopyIcon({ copied }: { copied: Copied }) {
  if (copied === "copied") return <Check size={12} aria-hidden="true" />;
  return copied === "failed" ? <X size={12} aria-hidden="true" className="tone-failed tone-text" /> : <Copy size={12} aria-hidden="true" />;
}
