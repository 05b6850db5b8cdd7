import type { ReactNode } from "react";

const SIZE = { small: "text-lg", middle: "text-xl leading-6", large: "text-2xl" } as const;

interface FigureProps {
  name: string;
  children: ReactNode;
  /** Classes of the figure, such as its tone. */
  look?: string;
  size?: keyof typeof SIZE;
}

/** A number to be seen at a glance, over the name of what it counts. */
export function Figure({ name, children, look = "", size = "small" }: FigureProps) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className={size === "large" ? "text-xs text-ink-2" : "eyebrow"}>{name}</dt>
      <dd className={`${SIZE[size]} font-semibold ${look}`}>{children}</dd>
    </div>
  );
}
