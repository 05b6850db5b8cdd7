/** What is wrong, and what to do about it where that is known. */
export interface Said {
  message: string;
  hint: string;
}

/** What is wrong with a field, under it. */
export function FieldErrors({ errors }: { errors: readonly Said[] }) {
  return errors.map(({ message, hint }) => (
    <p key={message} role="alert" className="tone-failed tone-text mt-1 text-sm">
      {message}
      {hint !== "" && <span className="block text-ink-2">{hint}</span>}
    </p>
  ));
}
