import { useFormat, useNow } from "../useFormat";

/** A moment on the clock; in full on hover. */
export function Moment({ at }: { at: string }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.exact(at)}>
      {format.moment(at)}
    </time>
  );
}

/** How far away a moment is, kept true while it is looked at. */
export function Away({ at }: { at: string }) {
  const format = useFormat();
  const now = useNow();
  return (
    <time dateTime={at} title={format.exact(at)}>
      {format.away(at, now)}
    </time>
  );
}
