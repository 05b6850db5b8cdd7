import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../../ui/Button";
import { useKeys } from "../../../ui/keys";
import { Menu, MenuItem } from "../../../ui/Menu";
import { useWords } from "../../../useWords";
import type { Job } from "../job.query";
import { type ActionKind, DANGEROUS, type Intent } from "./action";
import { useWhyNot } from "./useWhyNot";

/** What has a button of its own while it may be asked. */
const NEXT = ["START", "RESUME", "APPROVE"] as const satisfies readonly ActionKind[];
/** What is left to do when nothing moves by itself any more. */
const LAST = ["RETRY", "ACCEPT"] as const satisfies readonly ActionKind[];
/** Everything else, and those again. */
const MENU = ["RETRY", "ACCEPT", "DRAIN", "CANCEL", "KILL"] as const satisfies readonly ActionKind[];

export function intentFor(kind: Exclude<ActionKind, "RESOLVE">, job: Job, planHash: string): Intent {
  if (kind !== "APPROVE") return { kind };
  const asking = job.batches.find((batch) => batch.status === "AWAITING_APPROVAL");
  return { kind, batch: asking?.number ?? 0, planHash };
}

/** Everything that may be asked of the job as a whole. What may not be asked says why. */
export function ActionBar({ job, planHash, onIntend }: { job: Job; planHash: string; onIntend: (intent: Intent) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const whyNot = useWhyNot(job);
  const isAllowed = (kind: ActionKind) => whyNot(kind) === null;
  const intend = (kind: Exclude<ActionKind, "RESOLVE">) => onIntend(intentFor(kind, job, planHash));
  const tryTo = (kind: Exclude<ActionKind, "RESOLVE">) => {
    if (isAllowed(kind)) intend(kind);
  };
  useKeys([
    { key: "h", label: t("keys.hold"), run: () => tryTo("HOLD") },
    { key: "p", label: t("keys.promote"), run: () => tryTo("APPROVE") },
  ]);
  if (job.status === "FINISHED" && !job.actions.some(({ allowed }) => allowed)) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {NEXT.filter((kind) => words.whyNot(job.actions, kind) === null).map((kind) => (
        <Button key={kind} look="primary" blocked={whyNot(kind)} onClick={() => intend(kind)} {...(kind === "APPROVE" ? { hotkey: "P" } : {})}>
          {t(`action.${kind}.verb`)}
        </Button>
      ))}
      {inFront().map((kind) => (
        <Button
          key={kind}
          {...(kind === "HOLD" ? { hotkey: "H" } : {})}
          blocked={whyNot(kind)}
          onClick={() => intend(kind)}
        >
          {t(`action.${kind}.verb`)}
        </Button>
      ))}
      <Menu
        trigger={
          <IconButton label={t("action.more")} className="border border-line-strong">
            <Ellipsis size={15} aria-hidden="true" />
          </IconButton>
        }
      >
        {MENU.map((kind) => (
          <MenuItem
            key={kind}
            danger={DANGEROUS[kind]}
            blocked={whyNot(kind)}
            onSelect={() => intend(kind)}
          >
            {t(`action.${kind}.verb`)}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );

  /** What matters besides: what is left when nothing moves, and another run wherever hosts can have one. */
  function inFront(): readonly ("HOLD" | "RETRY" | "ACCEPT")[] {
    if (job.status === "SETTLED") return LAST;
    const retry = isAllowed("RETRY") ? (["RETRY"] as const) : [];
    return job.status === "FINISHED" ? retry : ["HOLD", ...retry];
  }
}
