import type { ReactNode } from "react";

/** A plain table that scrolls sideways where there is no room; for at most a few hundred rows. */
export function Table({ label, minWidth, inset = true, children }: {
  label: string;
  minWidth: string;
  /** Whether it keeps the page's margin. */
  inset?: boolean;
  children: ReactNode;
}) {
  return (
    // It can be scrolled by keyboard, too.
    <div className={`overflow-x-auto ${inset ? "px-4" : ""}`} tabIndex={0} role="region" aria-label={label}>
      <table className={`w-full ${minWidth}`}>{children}</table>
    </div>
  );
}

export function Head({ right = false, children }: { right?: boolean; children: ReactNode }) {
  return (
    <th scope="col" className={`eyebrow border-b border-line py-1 pr-3 font-medium ${right ? "text-right" : "text-left"}`}>
      {children}
    </th>
  );
}

export function Cell({ right = false, quiet = false, children }: { right?: boolean; quiet?: boolean; children: ReactNode }) {
  return (
    <td className={`py-1 pr-3 tabular-nums ${right ? "text-right whitespace-nowrap" : ""} ${quiet ? "text-ink-3" : ""}`}>{children}</td>
  );
}
