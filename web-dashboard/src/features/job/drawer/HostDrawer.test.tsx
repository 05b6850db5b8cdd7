import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { actions, job } from "../../../testing/job";
import { show } from "../../../testing/render";
import { HostActions, usual } from "./HostDrawer";
import type { Attempt, HostRun } from "./hostRun.query";

const attempt = (token: string, outcome: Attempt["outcome"]): Attempt => ({
  token,
  step: "install",
  phase: "RUN",
  number: 1,
  status: outcome === null ? "RUNNING" : "FINISHED",
  outcome,
  exitCode: null,
  signal: null,
  startedAt: "2026-11-23T08:00:00.000Z",
  finishedAt: null,
  took: null,
  error: null,
  outBytes: null,
  errBytes: null,
});

it("the drawer shows the output of what runs, otherwise of what went wrong last, otherwise of what came last", () => {
  const [check, first, second, join] = [attempt("0", "SUCCEEDED"), attempt("1", "FAILED"), attempt("2", "TIMED_OUT"), attempt("3", "SUCCEEDED")];
  expect(usual([check, first, second, join])?.token).toBe("2");
  expect(usual([check, join])?.token).toBe("3");
  expect(usual([check, attempt("4", null)])?.token).toBe("4");
  expect(usual([first, attempt("4", null)])?.token).toBe("4");
  expect(usual([first, { ...attempt("4", null), status: "IN_DOUBT" }, join])?.token).toBe("4");
  expect(usual([])).toBeUndefined();
});

const FAILED = { host: "web-1", status: "FINISHED", outcome: "STEP_FAILED", needsAPerson: false } as HostRun;
const button = (name: string) => screen.getByRole("button", { name });
const isBlocked = (name: string) => button(name).getAttribute("aria-disabled") === "true";

it("what may not be asked of a host is there with its reason", async () => {
  const onIntend = vi.fn();
  show(<HostActions job={job({ actions: actions(["RETRY"]) })} run={FAILED} onIntend={onIntend} />);
  expect([isBlocked("Retry"), isBlocked("Accept")]).toEqual([false, true]);
  await userEvent.hover(button("Accept"));
  expect((await screen.findByRole("tooltip")).textContent).toContain("It needs no person.");
  await userEvent.click(button("Retry"));
  expect(onIntend).toHaveBeenCalledWith({ kind: "RETRY", which: { hosts: ["web-1"] } });
});

it("a host in doubt is asked about where the job allows it", () => {
  const run = { ...FAILED, status: "IN_DOUBT", outcome: null, needsAPerson: true } as HostRun;
  show(<HostActions job={job({ actions: actions(["ACCEPT"]) })} run={run} onIntend={vi.fn()} />);
  expect([isBlocked("Say what happened …"), isBlocked("Retry"), isBlocked("Accept")]).toEqual([true, true, false]);
});
