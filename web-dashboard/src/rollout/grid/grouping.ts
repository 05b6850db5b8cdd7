/* The order in which hosts lie on the grid, and where one group ends. */
import { bytesOf } from "./model";

export interface Group {
  label: string;
  /** The place of its first host. */
  first: number;
  count: number;
}

/** A host has an index in the plan and a place on the grid. */
export interface Grouping {
  groups: readonly Group[];
  hostAt(place: number): number;
  placeOf(host: number): number;
}

/** Batches follow each other in the plan, so that place and index are the same. */
export function byBatch(batches: readonly { first: number | null; size: number; label: string }[]): Grouping {
  const groups = batches.flatMap(({ first, size, label }) => (first === null ? [] : [{ label, first, count: size }]));
  return { groups, hostAt: (place) => place, placeOf: (host) => host };
}

// c9 comes before c10.
const BY_NUMBER = new Intl.Collator("en", { numeric: true });

/**
 * Hosts of the same value of a label lie together, in the order of the plan; `none` names those without one, which come
 * first.
 */
export function byLabel(values: readonly string[], packed: string, none: string): Grouping {
  const bytes = bytesOf(packed);
  const valueOf = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const sizes = new Uint32Array(values.length);
  for (const value of valueOf) sizes[value] = (sizes[value] ?? 0) + 1;

  const order = [...values.keys()].toSorted((a, b) => BY_NUMBER.compare(values[a] ?? "", values[b] ?? ""));
  const next = new Uint32Array(values.length);
  const groups: Group[] = [];
  let first = 0;
  for (const value of order) {
    const count = sizes[value] ?? 0;
    next[value] = first;
    if (count > 0) groups.push({ label: values[value] === "" ? none : (values[value] ?? ""), first, count });
    first += count;
  }

  const hostAt = new Uint32Array(valueOf.length);
  const placeOf = new Uint32Array(valueOf.length);
  valueOf.forEach((value, host) => {
    const place = next[value] ?? 0;
    next[value] = place + 1;
    hostAt[place] = host;
    placeOf[host] = place;
  });
  return { groups, hostAt: (place) => hostAt[place] ?? 0, placeOf: (host) => placeOf[host] ?? 0 };
}
