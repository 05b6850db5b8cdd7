/* Makes the root of the log's tree again from the bytes of one record, as RFC 9162 (2.1.3.2) has readers do it. */
import type { Proof } from "./audit.query";

/** SHA-256 of bytes. */
export type Digest = (bytes: Uint8Array) => Promise<Uint8Array>;

/** One level of the tree: what stood beside the way, on which side, and the node that the two make. */
export interface Level {
  beside: string;
  side: "left" | "right";
  node: string;
}

/** The way from a record to the root, every hash of it made here. */
export interface Climb {
  leaf: string;
  levels: readonly Level[];
  root: string;
  /** Whether the way is as long as a tree of that size has it, and ends at the root that the server told. */
  holds: boolean;
}

/** The browser's own SHA-256; `null` where the page is not in a secure context and has none. */
export function browserDigest(): Digest | null {
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle === undefined) return null;
  return async (bytes) => new Uint8Array(await subtle.digest("SHA-256", Uint8Array.from(bytes)));
}

export async function climb(proof: Proof, digest: Digest): Promise<Climb> {
  let node = await digest(joined([0], fromBase64(proof.record)));
  const leaf = toHex(node);
  let [index, last] = [proof.leafIndex, proof.treeSize - 1];
  const levels: Level[] = [];
  for (const beside of proof.path) {
    const isRight = index % 2 === 1 || index === last;
    node = await digest(isRight ? joined([1], fromHex(beside), node) : joined([1], node, fromHex(beside)));
    levels.push({ beside, side: isRight ? "left" : "right", node: toHex(node) });
    // The last node of a level that has no neighbour rises until it has one.
    if (isRight) while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)];
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  const root = toHex(node);
  return { leaf, levels, root, holds: last === 0 && leaf === proof.leafHash && root === proof.root };
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
