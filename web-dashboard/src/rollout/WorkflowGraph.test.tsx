import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { show } from "../testing/render";
import { WorkflowGraph } from "./WorkflowGraph";
import type { WorkflowStep } from "./workflow.query";

const step = (name: string, what: Partial<WorkflowStep> = {}): WorkflowStep => ({
  index: 0,
  step: name,
  action: `do.${name}`,
  with: {},
  when: null,
  doneIf: null,
  attempts: 1,
  retryDelay: 0,
  retryBackoff: 1,
  timeout: null,
  undo: null,
  undoWith: null,
  always: false,
  takesOutOfService: false,
  returnsToService: false,
  safePoint: true,
  verifies: false,
  ...what,
});

const WORKFLOW = {
  onFailure: "UNDO" as const,
  workflow: [
    step("check", { doneIf: "steps.check.output.installed", attempts: 3 }),
    step("leave", { takesOutOfService: true, undo: "cluster.join" }),
    step("install", { when: "params.install", timeout: 60_000 }),
    step("join", { returnsToService: true, always: true }),
  ],
};

describe("the workflow as a graph", () => {
  it("says in order what each step is and what is unusual about it", () => {
    show(<WorkflowGraph workflow={WORKFLOW} chosen="" onChoose={() => {}} />);
    const rows = within(screen.getByRole("list", { name: "Steps of the workflow" })).getAllByRole("listitem");
    expect(rows.map((row) => within(row).getByRole("button").textContent)).toEqual([
      "checkdo.checkdone ifsteps.check.output.installed3 attempts",
      // Where there is no room beside the step, its way back stands in it.
      "leavedo.leaveleaves serviceTaken back bycluster.join",
      "installdo.installonly ifparams.installat most 1 m 00 s",
      "joindo.joinserves againruns even after a failure",
    ]);
    expect(rows[1]?.textContent).toContain("Taken back bycluster.join");
    expect(screen.getByText(/completed steps are taken back/)).toBeTruthy();
  });

  it("tells which step was chosen, and lets go of it when it is chosen again", async () => {
    const choose = vi.fn<(step: string) => void>();
    show(<WorkflowGraph workflow={WORKFLOW} chosen="leave" onChoose={choose} />);
    expect(screen.getByRole("button", { pressed: true }).textContent).toContain("leave");
    await userEvent.click(screen.getByRole("button", { name: /^install/ }));
    await userEvent.click(screen.getByRole("button", { name: /^leave/ }));
    expect(choose.mock.calls).toEqual([["install"], [""]]);
  });

  it("shows the hosts at each step when it is seen from a job", () => {
    const none = { waiting: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, p50: null, p95: null };
    const live = [{ ...none, succeeded: 1_200, failed: 2, p50: 900, p95: 61_000 }, none, { ...none, running: 3 }, none];
    show(<WorkflowGraph workflow={WORKFLOW} chosen="" onChoose={() => {}} live={live} />);
    expect(screen.getByText("1,200 ok")).toBeTruthy();
    expect(screen.getByText("2 failed")).toBeTruthy();
    expect(screen.getByText("3 running")).toBeTruthy();
    expect(screen.getByText(/p50 900 ms · p95 1 m 01 s/)).toBeTruthy();
  });
});
