import { createHash } from "node:crypto";
import { expect, it, vi } from "vitest";
import type { Proof } from "./audit.query";
import { browserDigest, climb } from "./proof";

const sha = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const digest = (bytes: Uint8Array) => Promise.resolve(sha(bytes));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const leafOf = (record: string) => sha(Buffer.concat([Buffer.from([0]), Buffer.from(record)]));
const join = (left: Uint8Array, right: Uint8Array) => sha(Buffer.concat([Buffer.from([1]), left, right]));

/** The definition of the tree in RFC 6962, section 2.1, word for word. */
function rootOf(records: string[]): Uint8Array {
  const [only] = records;
  if (records.length === 1 && only !== undefined) return leafOf(only);
  const split = splitOf(records.length);
  return join(rootOf(records.slice(0, split)), rootOf(records.slice(split)));
}

/** The definition of the path, section 2.1.1. */
function pathOf(index: number, records: string[]): Uint8Array[] {
  if (records.length === 1) return [];
  const split = splitOf(records.length);
  const [left, right] = [records.slice(0, split), records.slice(split)];
  return index < split ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - split, right), rootOf(left)];
}

function splitOf(length: number): number {
  return 2 ** (Math.ceil(Math.log2(length)) - 1);
}

function proofOf(index: number, size: number): Proof {
  const records = Array.from({ length: size }, (_, at) => `record ${at}`);
  const record = records[index] ?? "";
  return {
    record: btoa(record),
    leafHash: hex(leafOf(record)),
    leafIndex: index,
    path: pathOf(index, records).map(hex),
    treeSize: size,
    root: hex(rootOf(records)),
  };
}

it("comes to the root of the definition from every record of logs of many lengths", async () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 31, 33]) {
    for (let index = 0; index < size; index += 1) {
      const proof = proofOf(index, size);
      const { holds, root, levels } = await climb(proof, digest);
      expect([index, size, holds, root, levels.length]).toEqual([index, size, true, proof.root, proof.path.length]);
    }
  }
});

it("does not hold for other bytes, another place, a longer log or a path that is too short", async () => {
  const proof = proofOf(4, 11);
  const isGood = async (changed: Partial<Proof>) => (await climb({ ...proof, ...changed }, digest)).holds;
  expect(await isGood({})).toBe(true);
  expect(await isGood({ record: btoa("record 5") })).toBe(false);
  expect(await isGood({ leafIndex: 5 })).toBe(false);
  expect(await isGood({ treeSize: 40 })).toBe(false);
  expect(await isGood({ path: proof.path.slice(0, -1) })).toBe(false);
  expect(await isGood({ root: proof.leafHash })).toBe(false);
});

it("has no hashes where the page is not in a secure context", () => {
  vi.stubGlobal("crypto", {});
  expect(browserDigest()).toBeNull();
  vi.unstubAllGlobals();
});

it("hashes as everybody does", async () => {
  const digest = browserDigest();
  if (digest === null) throw new Error("no hashes");
  expect(hex(await digest(new Uint8Array()))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
