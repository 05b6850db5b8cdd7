import { useId } from "react";

/** One of a few ways, each said in a line. */
export function Choices<T extends string>({ label, value, choices, onChoose }: {
  label: string;
  value: T;
  choices: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium text-ink-2">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="flex items-start gap-2 py-0.5">
          <input
            type="radio"
            name={name}
            className="mt-1 accent-accent"
            checked={choice.value === value}
            onChange={() => onChoose(choice.value)}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
