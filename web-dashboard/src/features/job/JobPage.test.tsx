import { act, screen, waitFor } from "@testing-library/react";
import { CombinedError } from "@urql/core";
import { Route, Routes } from "react-router";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import type { Follower } from "../../api/live";
import { job } from "../../testing/job";
import { server, show } from "../../testing/render";
import type { Job } from "./job.query";
import { JobPage } from "./JobPage";

type Heard = Follower<{ jobProgress: Job }>;

const live = vi.hoisted(() => ({ progress: null as unknown }));

vi.mock("../../api/live", async (whole) => ({
  ...(await whole<object>()),
  follow(_document: unknown, _variables: unknown, listener: unknown) {
    live.progress ??= listener;
    return () => undefined;
  },
}));

const LOST = new CombinedError({ networkError: new TypeError("Failed to fetch") });
const SEALED = { id: "job:1", ulid: "01M8", template: "patch", parameters: {}, plan: { hash: "a1b2c3d4e5f6", seed: "1", hosts: 300, labels: [] }, definition: { description: "", parameters: {}, targets: "all" } };

let lost: boolean;

beforeEach(() => {
  live.progress = null;
  lost = false;
  vi.spyOn(reader, "query").mockImplementation((() => {
    const answer = lost ? { error: LOST } : { data: { job: SEALED } };
    return { toPromise: () => Promise.resolve(answer) };
  }) as unknown as typeof reader.query);
});

function open() {
  show(
    <Routes>
      <Route path="/jobs/:ulid" element={<JobPage />} />
    </Routes>,
    server(),
    "/jobs/01M8?view=plan",
  );
  return live.progress as Heard;
}

it("what is sealed is read again where that failed", async () => {
  lost = true;
  const { next } = open();
  act(() => next({ jobProgress: job() }));
  await screen.findByText("The server cannot be reached.");
  lost = false;
  expect(await screen.findByRole("heading", { level: 1, name: /patch-server/ })).toBeTruthy();
});

it("says beside the job that the server tells no more of it, until it does again", async () => {
  const { next, refused } = open();
  act(() => next({ jobProgress: job() }));
  await screen.findByRole("heading", { level: 1, name: /patch-server/ });
  act(() => refused([{ message: "the disk is slow" }]));
  expect(screen.getByText("the disk is slow")).toBeTruthy();
  expect(screen.getByRole("heading", { level: 1, name: /patch-server/ })).toBeTruthy();
  act(() => next({ jobProgress: job({ position: 101 }) }));
  await waitFor(() => expect(screen.queryByText("the disk is slow")).toBeNull());
});

it("goes on listening to a job that may be retried, and not to one that is archived", () => {
  const { next, ended } = open();
  act(() => next({ jobProgress: job({ status: "FINISHED", outcome: "FAILED" }) }));
  expect(ended?.()).toBeUndefined();
  act(() => next({ jobProgress: job({ status: "FINISHED", outcome: "FAILED", archived: true }) }));
  expect(ended?.()).toBeNull();
});
