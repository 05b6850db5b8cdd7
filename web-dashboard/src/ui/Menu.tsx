import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { useGround } from "./ground";

/**
 * A menu below a button. It is never modal: Radix would lock scrolling with a style element, which the server's
 * policy forbids.
 */
export function Menu({ trigger, children, align = "end" }: { trigger: ReactElement; children: ReactNode; align?: "start" | "end" }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={useGround()}>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-40 max-h-[70vh] min-w-44 overflow-y-auto rounded-lg border border-line-strong bg-raised p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const ITEM =
  "flex w-full items-center gap-2 rounded-md px-2 py-1 text-left text-base outline-none data-[highlighted]:bg-hover";

interface MenuItemProps {
  onSelect: () => void;
  children: ReactNode;
  /** Why it cannot be chosen, in place of a bare grey line. */
  blocked?: string | null | undefined;
  danger?: boolean;
}

export function MenuItem({ onSelect, children, blocked, danger = false }: MenuItemProps) {
  const isBlocked = blocked !== null && blocked !== undefined;
  return (
    <DropdownMenu.Item
      className={`${ITEM} ${danger ? "text-failed-ink" : ""}`}
      aria-disabled={isBlocked}
      onSelect={(event) => (isBlocked ? event.preventDefault() : onSelect())}
    >
      <span className="min-w-0">
        <span className={isBlocked ? "text-ink-3" : ""}>{children}</span>
        {isBlocked && <span className="block max-w-60 text-sm text-ink-3">{blocked}</span>}
      </span>
    </DropdownMenu.Item>
  );
}

export function MenuChoice({ chosen, onSelect, children }: { chosen: boolean; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.CheckboxItem className={`${ITEM} pl-7 relative`} checked={chosen} onCheckedChange={onSelect}>
      <DropdownMenu.ItemIndicator className="absolute left-2">
        <Check size={13} aria-hidden="true" />
      </DropdownMenu.ItemIndicator>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="eyebrow px-2 pt-2 pb-1">{children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}
