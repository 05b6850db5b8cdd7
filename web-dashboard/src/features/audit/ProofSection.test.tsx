import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createHash } from "node:crypto";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { show } from "../../testing/render";
import type { AuditedEvent, Proof } from "./audit.query";
import { ProofSection } from "./ProofSection";

// The record that the store's own test keeps for ever (storage/src/envelope.rs), alone in its log.
const GOLDEN =
  "0100003e00020a070a030000000b00000000000000063031323334353637383961626364656600000123456789ab00000000000000030000000000000007" +
  "686f73742f7765622d3150617463686564757365723a616c696365636c697b226f6b223a747275657d222bfa6e";
const BYTES = Buffer.from(GOLDEN, "hex");
const LEAF = createHash("sha256").update(Buffer.concat([Buffer.from([0]), BYTES])).digest("hex");
const PROOF: Proof = { record: BYTES.toString("base64"), leafHash: LEAF, leafIndex: 0, path: [], treeSize: 1, root: LEAF };

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

function serve(proof: Proof) {
  const answer = Promise.resolve({ data: { event: { proof } } });
  vi.spyOn(reader, "query").mockReturnValue({ toPromise: () => answer } as unknown as ReturnType<typeof reader.query>);
}

const check = () => userEvent.click(screen.getByRole("button", { name: "Check this record" }));

beforeEach(() => () => vi.unstubAllGlobals());

it("hashes the bytes here, and says that they are what is shown and lead to the root", async () => {
  serve(PROOF);
  show(<ProofSection event={SHOWN} />);
  await check();
  expect(await screen.findByText("The record's bytes say what is shown above")).toBeTruthy();
  expect(screen.getByText("Hashed here, they lead to the root of the log of 1 record")).toBeTruthy();
  expect(screen.getAllByText(LEAF)).toHaveLength(2);
});

it("says so where the server shows something else than what is in the log", async () => {
  serve(PROOF);
  show(<ProofSection event={{ ...SHOWN, actor: "user:mallory" }} />);
  await check();
  expect(await screen.findByText("The record's bytes say something else than what is shown above")).toBeTruthy();
});

it("says so where the bytes do not lead to the root, and shows both", async () => {
  const root = "ab".repeat(32);
  serve({ ...PROOF, root });
  show(<ProofSection event={SHOWN} />);
  await check();
  expect(await screen.findByText("Hashed here, they do not lead to the root of the log of 1 record")).toBeTruthy();
  expect(screen.getByText(root)).toBeTruthy();
});

it("says what is needed where the browser has no hashes", async () => {
  vi.stubGlobal("crypto", {});
  show(<ProofSection event={SHOWN} />);
  expect(screen.getByText(/only for pages that came over HTTPS/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Check this record" }).getAttribute("aria-disabled")).toBe("true");
});
