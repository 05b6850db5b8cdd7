/** The name, with three batches growing. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-lg font-semibold tracking-tight">
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d="M1 10h3.4v5H1zM6.3 6h3.4v9H6.3z" fill="currentColor" />
        <path d="M11.6 1H15v14h-3.4z" fill="var(--accent)" />
      </svg>
      Stagger
    </span>
  );
}
