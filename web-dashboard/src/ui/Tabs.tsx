import type { ReactNode } from "react";

/** The ways to look at one thing, side by side under a line. Which one is chosen belongs into the address. */
export function Tabs<T extends string>({ label, value, choices, onChoose }: {
  label: string;
  value: T;
  choices: readonly { value: T; label: ReactNode }[];
  onChoose: (value: T) => void;
}) {
  return (
    <nav aria-label={label} className="flex gap-4 overflow-x-auto border-b border-line px-4">
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-current={choice.value === value ? "page" : undefined}
          onClick={() => onChoose(choice.value)}
          className="-mb-px h-9 shrink-0 border-b-2 border-transparent font-medium whitespace-nowrap text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:text-ink"
        >
          {choice.label}
        </button>
      ))}
    </nav>
  );
}
