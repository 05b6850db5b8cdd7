import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";
import { useFormat } from "../../useFormat";

const TAKE_HOSTS = "stagger host apply hosts.yaml";
const LOOK_AT_A_PLAN = "stagger job create patch-server --targets 'role=web' --dry-run";

/** A new installation: what to do, in the order to do it. */
export function Beginning({ hosts }: { hosts: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="mx-auto max-w-2xl px-4 py-12 md:py-20">
      <h1 className="text-3xl leading-9 font-semibold tracking-tight">{t("overview.begin.title")}</h1>
      <p className="mt-2 text-lg text-ink-2">{t("overview.begin.explain")}</p>
      <ol className="mt-8 space-y-6">
        <Command number={1} done={hosts > 0} title={t("overview.begin.hosts")} command={TAKE_HOSTS}>
          {hosts > 0 ? t("overview.begin.hostsDone", { count: hosts, hosts: format.number(hosts) }) : t("overview.begin.hostsExplain")}
        </Command>
        <Command number={2} done={false} title={t("overview.begin.job")} command={LOOK_AT_A_PLAN}>
          {t("overview.begin.jobExplain")}
        </Command>
      </ol>
      <p className="mt-8 text-sm text-ink-3">{t("overview.begin.live")}</p>
    </div>
  );
}

interface CommandProps {
  number: number;
  done: boolean;
  title: string;
  command: string;
  children: string;
}

function Command({ number, done, title, command, children }: CommandProps) {
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)] gap-x-3">
      <span
        aria-hidden="true"
        className={`tone-done flex size-7 items-center justify-center rounded-full border font-semibold ${done ? "border-transparent tone-text" : "border-line-strong text-ink-2"}`}
      >
        {done ? <Check size={16} /> : number}
      </span>
      <div className="min-w-0 pt-0.5">
        <h2 className="text-lg font-semibold">{title}</h2>
        <p className="text-ink-2">{children}</p>
        {!done && <Copyable text={command} />}
      </div>
    </li>
  );
}

function Copyable({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <div className="mt-2 flex items-center gap-2 rounded-md border border-line bg-sunk py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 font-mono text-sm break-words">{text}</code>
      <CopyButton label={t("overview.begin.copy")} text={text} className="size-7" />
    </div>
  );
}
