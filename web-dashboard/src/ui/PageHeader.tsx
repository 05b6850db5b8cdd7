import type { ReactNode } from "react";

/** The head of a screen: the tab's title, the one heading, what can be done on the right, and a line about it. */
export function PageHeader({ title, heading, actions, children }: {
  /** What the tab says. */
  title: string;
  /** The heading, where it is more than the title. */
  heading?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="px-4 pt-3 pb-2">
      <title>{`${title} · Stagger`}</title>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="mr-2 min-w-0 text-xl font-semibold tracking-tight">{heading ?? title}</h1>
        {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </header>
  );
}
