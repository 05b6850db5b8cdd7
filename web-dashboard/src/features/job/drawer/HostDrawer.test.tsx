import { expect, it } from "vitest";
import { usual } from "./HostDrawer";
import type { Attempt } from "./hostRun.query";

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
