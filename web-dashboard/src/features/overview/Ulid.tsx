const LAST = -6;

/** The end of a job's id, which tells jobs of one template apart; all of it on hover. */
export function Ulid({ of }: { of: string }) {
  return (
    <code className="font-mono" title={of}>
      …{of.slice(LAST)}
    </code>
  );
}
