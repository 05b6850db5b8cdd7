import { SHAPE, type Tone } from "./tone";

/** The small sign of a tone. It stands beside words and says nothing by itself. */
export function Mark({ tone, size = 10, pulse = false }: { tone: Tone; size?: number; pulse?: boolean }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
      className={`tone-${tone} shrink-0 ${pulse ? "breathe" : ""}`}
    >
      <path d={SHAPE[tone]} fill="var(--tone)" fillRule="evenodd" />
    </svg>
  );
}
