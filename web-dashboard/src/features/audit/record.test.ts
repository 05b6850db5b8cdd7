import { expect, it } from "vitest";
import type { AuditedEvent } from "./audit.query";
import { readRecord, says } from "./record";

// The record that the store's own test keeps for ever (storage/src/envelope.rs).
const GOLDEN =
  "0100003e00020a070a030000000b00000000000000063031323334353637383961626364656600000123456789ab00000000000000030000000000000007" +
  "686f73742f7765622d3150617463686564757365723a616c696365636c697b226f6b223a747275657d222bfa6e";
const bytes = () => Uint8Array.from(GOLDEN.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const SHOWN = {
  position: 7,
  version: 3,
  at: new Date(0x0123456789ab).toISOString(),
  stream: "host/web-1",
  kind: "Patched",
  actor: "user:alice",
  origin: "cli",
  payload: { ok: true },
} as unknown as AuditedEvent;

it("reads what the store has written", () => {
  expect(readRecord(bytes())).toEqual({ ...SHOWN });
});

it("finds no record in bytes that are none", () => {
  expect(readRecord(bytes().subarray(1))).toBeNull();
  expect(readRecord(bytes().subarray(0, 40))).toBeNull();
});

it("tells whether the bytes say what is shown", () => {
  const record = readRecord(bytes());
  if (record === null) throw new Error("no record");
  expect(says(record, SHOWN)).toBe(true);
  expect(says(record, { ...SHOWN, actor: "user:mallory" })).toBe(false);
  expect(says(record, { ...SHOWN, payload: { ok: false } })).toBe(false);
  expect(says(record, { ...SHOWN, payload: { ok: true, more: 1 } })).toBe(false);
  expect(says(record, { ...SHOWN, payload: [true] })).toBe(false);
  expect(says({ ...record, payload: { a: [1, { b: null }], c: 2 } }, { ...SHOWN, payload: { c: 2, a: [1, { b: null }] } })).toBe(true);
});
