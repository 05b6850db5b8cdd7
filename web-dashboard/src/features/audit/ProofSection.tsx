import { useState } from "react";
import { useTranslation } from "react-i18next";
import { reader } from "../../api/client";
import { wordsOf } from "../../api/errors";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Mark } from "../../ui/Mark";
import { useFormat } from "../../useFormat";
import { type AuditedEvent, type Proof, ProofQuery } from "./audit.query";
import { browserDigest, type Climb, climb, fromBase64 } from "./proof";
import { readRecord, says } from "./record";

/** What came of checking a record. */
interface Checked {
  proof: Proof;
  climb: Climb;
  /** Whether the bytes that were hashed say what is shown above. */
  same: boolean;
}

type State = { kind: "idle" } | { kind: "working" } | { kind: "failed"; why: string } | ({ kind: "checked" } & Checked);

/** Checks one record in this browser: its bytes are hashed here, up to the root of the log. */
export function ProofSection({ event }: { event: AuditedEvent }) {
  const { t } = useTranslation();
  const [state, setState] = useState<State>({ kind: "idle" });
  const digest = browserDigest();
  const check = async () => {
    if (digest === null) return;
    setState({ kind: "working" });
    const { data, error } = await reader.query(ProofQuery, { position: event.position }).toPromise();
    const proof = data?.event?.proof;
    if (proof === undefined) return setState({ kind: "failed", why: error === undefined ? t("proof.gone") : wordsOf(error) });
    const record = readRecord(fromBase64(proof.record));
    const same = record !== null && says(record, event);
    setState({ kind: "checked", proof, climb: await climb(proof, digest), same });
  };
  return (
    <section aria-label={t("proof.title")} className="border-t border-line px-4 py-3">
      <div className="flex flex-wrap items-center gap-3">
        <h3 className="font-semibold">{t("proof.title")}</h3>
        <Button
          className="ml-auto"
          blocked={digest === null ? t("proof.insecure") : state.kind === "working" ? t("proof.working") : null}
          onClick={() => void check()}
        >
          {t("proof.check")}
        </Button>
      </div>
      {digest === null && <p className="mt-1 text-sm text-ink-2">{t("proof.insecure")}</p>}
      {digest !== null && state.kind === "idle" && <p className="mt-1 text-sm text-ink-2">{t("proof.about")}</p>}
      <div aria-live="polite">
        {state.kind === "failed" && <Verdict good={false}>{t("proof.notRead", { why: state.why })}</Verdict>}
        {state.kind === "checked" && <Shown {...state} />}
      </div>
    </section>
  );
}

function Shown({ proof, climb, same }: Checked) {
  const { t } = useTranslation();
  const format = useFormat();
  const records = { count: proof.treeSize, total: format.number(proof.treeSize) };
  return (
    <>
      <Verdict good={same}>{same ? t("proof.sameBytes") : t("proof.otherBytes")}</Verdict>
      <Verdict good={climb.holds}>{climb.holds ? t("proof.holds", records) : t("proof.broken", records)}</Verdict>
      <dl className="mt-2 space-y-1 text-sm">
        <HashLine name={t("proof.leaf", { index: format.number(proof.leafIndex) })} hash={climb.leaf} />
        <HashLine name={t("proof.rootHere")} hash={climb.root} />
        {!climb.holds && <HashLine name={t("proof.rootTold")} hash={proof.root} />}
      </dl>
      <details className="mt-2 text-sm">
        <summary className="cursor-pointer text-ink-2">{t("proof.path", { count: climb.levels.length })}</summary>
        <ol className="mt-1 space-y-1 border-l border-line pl-3">
          {climb.levels.map(({ beside, side, node }, at) => (
            <li key={node}>
              <span className="text-ink-3">{t(`proof.side.${side}`, { level: at + 1 })}</span>
              <code className="block font-mono break-all text-ink-2">{beside}</code>
              <code className="block font-mono break-all">→ {node}</code>
            </li>
          ))}
        </ol>
      </details>
      <p className="mt-2 text-sm text-ink-2">{t("proof.keep")}</p>
    </>
  );
}

function Verdict({ good, children }: { good: boolean; children: string }) {
  return (
    <p className={`tone-${good ? "done" : "failed"} mt-2 flex gap-2 font-medium`}>
      <span className="mt-1">
        <Mark tone={good ? "done" : "failed"} />
      </span>
      {children}
    </p>
  );
}

function HashLine({ name, hash }: { name: string; hash: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <dt className="text-ink-3">{name}</dt>
      <dd className="-mt-0.5 flex items-center gap-1">
        <code className="font-mono break-all">{hash}</code>
        <CopyButton label={t("proof.copy")} text={hash} />
      </dd>
    </div>
  );
}
