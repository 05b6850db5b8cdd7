import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { show } from "../../testing/render";
import type { LogVerification } from "./audit.query";
import { VerificationPanel } from "./VerificationPanel";

const TOLD: LogVerification = { checked: 512, of: 1_000, verified: null, root: null, took: null, problem: null };

function see(told: Partial<LogVerification>, refused: string | null = null) {
  const running = told.verified === undefined && refused === null;
  const verification = { told: { ...TOLD, ...told }, refused, running, begin: () => undefined };
  show(<VerificationPanel verification={verification} onClose={() => undefined} />);
}

it("shows how far it is", () => {
  see({});
  expect(screen.getByText("512 of 1,000 records are good so far")).toBeTruthy();
  const bar = screen.getByRole("progressbar", { name: "Verification of the log" });
  expect([bar.getAttribute("value"), bar.getAttribute("max")]).toEqual(["512", "1000"]);
  expect(screen.queryByRole("button", { name: "Close" })).toBeNull();
});

it("shows the root of a log that holds", () => {
  see({ verified: true, checked: 1_000, root: "ab".repeat(32), took: 1_200 });
  expect(screen.getByText(/all 1,000 records are as they were written/)).toBeTruthy();
  expect(screen.getByText("ab".repeat(32))).toBeTruthy();
});

it("says where a log is damaged, what is wrong there, and what to do", () => {
  see({ verified: false, problem: { place: "record 777 in /data", what: "its checksum is another" } });
  expect(screen.getByText("The log is damaged: record 777 in /data")).toBeTruthy();
  expect(screen.getByText("its checksum is another")).toBeTruthy();
  expect(screen.getByText(/restore a backup/)).toBeTruthy();
});

it("says why the server would not", () => {
  see({}, "no thread");
  expect(screen.getByText("The log was not verified: no thread")).toBeTruthy();
});
