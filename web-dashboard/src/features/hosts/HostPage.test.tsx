import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, fetchExchange } from "@urql/core";
import { Route, Routes } from "react-router";
import { expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { server, show } from "../../testing/render";
import type { HostDetail, PastAttempt, PastRun } from "./host.query";
import { HostPage } from "./HostPage";

vi.mock("../../api/live", async (live) => ({ ...(await live<object>()), subscribe: () => () => undefined }));

const JOB = { id: "job:01M8", ulid: "01M83S71M459D1ZYRRRFMNCBK2", template: "patch-server" };

function host(given: Partial<HostDetail> = {}): HostDetail {
  return {
    id: "host:web-1",
    name: "web-1",
    address: "ops@10.0.0.1:22",
    source: "lab",
    groups: ["edge"],
    labels: [{ name: "role", value: "web" }],
    outOfServiceBecauseOf: null,
    outOfServiceSince: null,
    needsAPerson: false,
    leasedTo: null,
    currentRun: null,
    waitingJobs: [],
    ...given,
  };
}

const FAILED: PastRun = {
  id: "hostRun:1",
  status: "FINISHED",
  outcome: "STEP_FAILED",
  error: "E: no lock",
  sentence: { key: "HOST_STEP_FAILED", values: {}, text: "a step failed" },
  batch: 1,
  outOfService: true,
  acceptedBy: null,
  startedAt: "2026-11-23T08:00:00.000Z",
  finishedAt: "2026-11-23T08:01:05.000Z",
  job: { ...JOB, templateVersion: 1, requestedBy: "user:ann", createdAt: "2026-11-23T08:00:00.000Z" },
  steps: [{ index: 0, step: "install", action: "patch.install", result: "FAILED", attempts: 1, took: 2_500, error: "E: no lock" }],
};

const ATTEMPT: PastAttempt = {
  token: "0.0.run.1",
  step: "install",
  phase: "RUN",
  number: 1,
  status: "FINISHED",
  outcome: "FAILED",
  exitCode: 100,
  startedAt: "2026-11-23T08:00:00.000Z",
  took: 2_500,
  error: "E: no lock",
};

/** Shows the page of a server that tells this of it. */
function open(told: HostDetail | null, runs: readonly PastRun[] = [], address = "/hosts/web-1", attempt = ATTEMPT) {
  const answer = (_url: unknown, request?: RequestInit) => {
    const { operationName } = JSON.parse(String(request?.body)) as { operationName: string };
    const attempts = { job: { id: JOB.id, hostRun: { id: "hostRun:1", attempts: [attempt] } } };
    return Promise.resolve(Response.json({ data: operationName === "Host" ? { host: told } : attempts }));
  };
  vi.spyOn(reader, "query").mockImplementation((() => {
    const page = { nodes: runs, totalCount: null, pageInfo: { hasNextPage: false, endCursor: null } };
    return { toPromise: () => Promise.resolve({ data: { host: { id: "host:web-1", runs: page } } }) };
  }) as unknown as typeof reader.query);
  const client = new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] });
  show(
    <Routes>
      <Route path="/hosts/:name" element={<HostPage />} />
    </Routes>,
    { ...server(), client },
    address,
  );
}

it("says because of what the server serves nobody, and what the job that has it waits for", async () => {
  const failed = { key: "FAILED_AT", values: { step: "install", error: "E: no lock" }, text: "" } as const;
  const currentRun = { id: "hostRun:1", status: "FINISHED" as const, outcome: "STEP_FAILED" as const, error: null, reasons: [failed] };
  const since = "2026-11-23T08:00:30.000Z";
  const waiting = { ...JOB, id: "job:2", ulid: "01M84S71M459D1ZYRRRFMNCBK2", template: "reboot", requestedBy: "user:bob" };
  open(host({ outOfServiceBecauseOf: JOB, outOfServiceSince: since, leasedTo: JOB, needsAPerson: true, currentRun, waitingJobs: [waiting] }));
  const situation = await screen.findByRole("region", { name: "What goes on with it now" });
  expect(situation.textContent).toContain("Out of service because of patch-server");
  expect(situation.textContent).toContain("step install failed: E: no lock");
  expect(situation.textContent).toContain("Another job waits until it is let go: reboot");
  expect(situation.querySelector("a")?.getAttribute("href")).toBe(`/jobs/${JOB.ulid}?host=web-1`);
});

it("a server that is left in peace has no situation, and its labels lead to those alike", async () => {
  open(host());
  expect((await screen.findByRole("link", { name: "role=web" })).getAttribute("href")).toBe("/hosts?selector=role%3Dweb");
  expect(screen.getByRole("link", { name: "group=edge" }).getAttribute("href")).toBe("/hosts?selector=group%3Dedge");
  expect(screen.queryByRole("region", { name: "What goes on with it now" })).toBeNull();
  await screen.findByText("No job has had this host yet.");
});

it("the newest run is open, another when it is chosen, and an attempt leads to its output", async () => {
  const older: PastRun = { ...FAILED, id: "hostRun:0", outcome: "SUCCEEDED", error: null, job: { ...FAILED.job, id: "job:0", ulid: "01M7", template: "reboot" } };
  open(host(), [FAILED, older]);
  const [newest, other] = await Promise.all(["patch-server", "reboot"].map((name) => screen.findByRole("button", { name: `Steps of ${name}` })));
  expect(newest?.getAttribute("aria-expanded")).toBe("true");
  const attempt = await screen.findByRole("link", { name: /attempt 1/ });
  expect(attempt.textContent).toContain("exit 100");
  expect(attempt.getAttribute("href")).toBe(`/jobs/${JOB.ulid}?host=web-1&attempt=0.0.run.1`);
  if (other !== undefined) await userEvent.click(other);
  expect(other?.getAttribute("aria-expanded")).toBe("true");
  expect(newest?.getAttribute("aria-expanded")).toBe("false");
  await waitFor(() => expect(screen.getByTestId("address").textContent).toBe("?run=01M7"));
  if (other !== undefined) await userEvent.click(other);
  expect(screen.queryByRole("list", { name: "Steps of reboot" })).toBeNull();
});

it("a server nobody knows is said to be unknown, with where to look", async () => {
  open(null, [], "/hosts/web-9");
  await screen.findByRole("heading", { name: "web-9 is not in the inventory" });
  expect(screen.getByRole("link", { name: "In the audit log" }).getAttribute("href")).toBe("/audit?host=web-9");
  expect(screen.getByRole("link", { name: "Search for it" }).getAttribute("href")).toBe("/hosts?q=web-9");
});

it("an attempt in doubt is not said to run", async () => {
  const doubtful: PastRun = { ...FAILED, status: "IN_DOUBT", outcome: null, error: null, steps: [{ index: 0, step: "install", action: "patch.install", result: "NONE", attempts: 1, took: null, error: null }] };
  open(host(), [doubtful], undefined, { ...ATTEMPT, status: "IN_DOUBT", outcome: null, exitCode: null, took: null });
  expect((await screen.findByRole("link", { name: /attempt 1/ })).textContent).toBe("attempt 1in doubt");
});

it("a server that is out of service only while a job is at it is not in trouble", async () => {
  open(host({ outOfServiceBecauseOf: JOB, leasedTo: JOB }));
  const badge = await screen.findByText("Out of service");
  expect(badge.className).toContain("tone-deferred");
});
