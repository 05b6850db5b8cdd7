import type { ReactNode } from "react";

interface Choice<T extends string> {
  value: T;
  label: ReactNode;
}

/** One of a few, side by side. */
export function Segmented<T extends string>({ label, value, choices, onChoose }: {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChoose: (value: T) => void;
}) {
  return (
    <fieldset className="inline-flex max-w-full min-w-0 overflow-x-auto rounded-md border border-line-strong p-px" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChoose(choice.value)}
          className="h-6 shrink-0 rounded-sm px-2 whitespace-nowrap text-sm font-medium text-ink-2 hover:text-ink aria-pressed:bg-hover aria-pressed:text-ink"
        >
          {choice.label}
        </button>
      ))}
    </fieldset>
  );
}
