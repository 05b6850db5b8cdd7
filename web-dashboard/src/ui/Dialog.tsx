import { type ReactNode, type SyntheticEvent, useId, useRef, useState } from "react";
import { Ground } from "./ground";
import { useFocusBack } from "./useFocusBack";

interface DialogProps {
  title: string;
  onClose: () => void;
  onSubmit?: () => void;
  children: ReactNode;
  footer: ReactNode;
}

const openModal = (dialog: HTMLDialogElement) => dialog.showModal();

/**
 * A modal dialog: the browser's own, which keeps the focus, closes on Escape and needs no style element. It is taken off
 * the page while it is open, so the focus is given back by hand.
 */
export function Dialog({ title, onClose, onSubmit, children, footer }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [ground, setGround] = useState<HTMLElement | null>(null);
  const heading = useId();
  useFocusBack(dialog, openModal);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    // Whatever form it stands in is not sent with it.
    event.stopPropagation();
    onSubmit?.();
  };
  return (
    <dialog
      ref={(element) => {
        dialog.current = element;
        setGround(element);
      }}
      aria-labelledby={heading}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className="m-auto w-[min(520px,calc(100vw-24px))] rounded-lg border border-line-strong bg-raised p-0 text-ink shadow-float"
    >
      <Ground value={ground}>
        <form onSubmit={submit}>
          <h2 id={heading} className="border-b border-line px-5 py-3 text-lg font-semibold">
            {title}
          </h2>
          <div className="space-y-3 px-5 py-4">{children}</div>
          <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunk px-5 py-3">{footer}</footer>
        </form>
      </Ground>
    </dialog>
  );
}
