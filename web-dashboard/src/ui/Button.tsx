import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Tip } from "./Tip";

export type ButtonLook = "plain" | "primary" | "danger" | "quiet";

const LOOK: Record<ButtonLook, string> = {
  plain: "border-line-strong bg-raised text-ink hover:bg-hover",
  primary: "border-transparent bg-accent text-accent-ink hover:brightness-110",
  danger: "border-failed bg-raised text-failed-ink hover:bg-failed-soft",
  quiet: "border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink",
};

export function buttonClass(look: ButtonLook): string {
  return `inline-flex h-7 items-center justify-center gap-1.5 rounded-md border px-2.5 text-base font-medium whitespace-nowrap transition-colors disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-45 ${LOOK[look]}`;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  /** Why it cannot be pressed. Such a button stays reachable, so that its reason can be read. */
  blocked?: string | null | undefined;
  /** The key that does the same. */
  hotkey?: string;
  children: ReactNode;
}

export function Button({ look = "plain", blocked, hotkey, children, className = "", ...rest }: ButtonProps) {
  const isBlocked = blocked !== null && blocked !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      {...(isBlocked ? { "aria-disabled": true, onClick: undefined } : {})}
      className={`${buttonClass(look)} ${className}`}
    >
      {children}
      {hotkey !== undefined && <Key>{hotkey}</Key>}
    </button>
  );
  return isBlocked ? <Tip text={blocked}>{button}</Tip> : button;
}

/** A key of the keyboard. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="hidden min-w-4 items-center justify-center rounded-sm border border-current/30 px-1 font-sans text-[10px] leading-[14px] font-medium opacity-70 md:inline-flex">
      {children}
    </kbd>
  );
}

/** A button that is only an icon; its label is read out and shown on hover. */
export function IconButton({ label, children, className = "", ...rest }: ButtonProps & { label: string }) {
  return (
    <Tip text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-hover hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent disabled:opacity-40 ${className}`}
      >
        {children}
      </button>
    </Tip>
  );
}
