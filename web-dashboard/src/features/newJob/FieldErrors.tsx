import type { Said } from "./errors";

/** What is wrong with a field, under it. */
export function FieldErrors({ errors }: { errors: readonly Said[] }) {
  return errors.map(({ message, hint }) => (
    <p key={message} role="alert" className="tone-failed tone-text mt-1 text-sm">
      {message}
      {hint !== "" && <span className="block text-ink-2">{hint}</span>}
    </p>
  ));
}
