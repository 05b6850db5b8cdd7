import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { show } from "../../../testing/render";
import type { Attempt, HostRun, StepRun } from "./hostRun.query";
import { Steps } from "./Steps";

const attempt = (number: number, given: Partial<Attempt>): Attempt => ({
  token: `0.0.run.${number}`,
  step: "install",
  phase: "RUN",
  number,
  status: "FINISHED",
  outcome: "FAILED",
  exitCode: 100,
  signal: null,
  startedAt: "2026-11-23T08:00:00.000Z",
  finishedAt: null,
  took: null,
  error: null,
  outBytes: null,
  errBytes: null,
  ...given,
});
const step = (result: StepRun["result"]): StepRun => ({ index: 0, step: "install", action: "patch.install", result, attempts: 2, took: null, error: null, output: null });
const see = (result: StepRun["result"], attempts: Attempt[]) =>
  show(<Steps run={{ steps: [step(result)], attempts } as unknown as HostRun} chosen={null} onChoose={vi.fn()} />);

const IN_DOUBT = attempt(2, { status: "IN_DOUBT", outcome: null, exitCode: null });

it("an attempt in doubt is in doubt, and so is its step", () => {
  see("NONE", [attempt(1, {}), IN_DOUBT]);
  expect(screen.getByRole("button", { name: /attempt 2/ }).textContent).toBe("attempt 2in doubt");
  expect(screen.getByRole("listitem").querySelector("svg")?.getAttribute("class")).toContain("tone-doubt");
  expect(screen.queryByText(/running/)).toBeNull();
});

it("a step whose doubt was resolved stands as it was resolved", () => {
  see("FAILED", [attempt(1, {}), IN_DOUBT]);
  expect(screen.getByRole("listitem").querySelector("svg")?.getAttribute("class")).toContain("tone-failed");
});

it("an attempt that runs runs", () => {
  see("NONE", [attempt(1, {}), attempt(2, { status: "RUNNING", outcome: null, exitCode: null })]);
  expect(screen.getByRole("button", { name: /attempt 2/ }).textContent).toBe("attempt 2running");
});
