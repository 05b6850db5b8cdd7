/* The bytes of a record, as the API describes them: a header, four names, the payload, a checksum. */
import type { AuditedEvent } from "./audit.query";

/** What the bytes of a record say. */
export interface Record {
  position: number;
  version: number;
  at: string;
  stream: string;
  kind: string;
  actor: string;
  origin: string;
  payload: unknown;
}

const LEAST = 62;
const CHECKSUM = 4;

/** Reads the bytes; `null` where they are no record. */
export function readRecord(bytes: Uint8Array): Record | null {
  if (bytes.length < LEAST + CHECKSUM) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = view.getUint16(2);
  const take = (length: number) => new TextDecoder().decode(bytes.subarray(at, (at += length)));
  const [stream, kind, actor, origin] = [6, 7, 8, 9].map((place) => take(view.getUint8(place)));
  const payload = take(view.getUint32(10));
  if (at + CHECKSUM !== bytes.length) return null;
  const number = (place: number) => Number(view.getBigUint64(place));
  return {
    position: number(54),
    version: number(46),
    at: new Date(number(38)).toISOString(),
    stream: stream ?? "",
    kind: kind ?? "",
    actor: actor ?? "",
    origin: origin ?? "",
    payload: parsed(payload),
  };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload;
  }
}

/** Whether a record says what is shown. */
export function says(record: Record, shown: AuditedEvent): boolean {
  const fields = ["position", "version", "stream", "kind", "actor", "origin"] as const;
  const sameMoment = new Date(shown.at).getTime() === new Date(record.at).getTime();
  return sameMoment && fields.every((field) => record[field] === shown[field]) && isSame(record.payload, shown.payload);
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  const at = (value: object, name: string) => (value as { [name: string]: unknown })[name];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === others.length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(at(one, name), at(other, name)))
  );
}
