import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { batch, NO_COUNTS } from "../../testing/job";
import { show } from "../../testing/render";
import type { Moment, Replayed } from "./replay.query";
import { ReplayScreen } from "./ReplayScreen";
import type { Wanted } from "./useMoment";

const clock = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 8, 0, seconds)).toISOString();
/** The job's events: their positions, and the seconds at which they happened. */
const EVENTS = [[10, 0], [11, 20], [15, 40], [19, 60]] as const;

const JOB: Replayed = {
  ulid: "01M83S71M459D1ZYRRRFMNCBK2",
  template: "patch-server",
  status: "HELD",
  due: null,
  plan: { hosts: 10, labels: [] },
  definition: { workflow: [{ step: "check" }] },
  history: {
    firstPosition: 10,
    lastPosition: 19,
    from: clock(0),
    to: clock(60),
    buckets: [{ until: clock(60), position: 19, settled: 5, failed: 1, running: 0 }],
    marks: [
      { position: 10, at: clock(0), kind: "CREATED", batch: null, sentence: { key: "JOB_STARTED", values: {}, text: "" } },
      { position: 15, at: clock(40), kind: "BATCH_OPENED", batch: 1, sentence: { key: "BATCH_OPENED", values: { batch: 1 }, text: "" } },
      { position: 19, at: clock(60), kind: "HELD", batch: null, sentence: { key: "JOB_HELD", values: { why: { key: "HELD_BY", values: { by: "user:ann" }, text: "" } }, text: "" } },
    ],
  },
};

function momentAt({ position, at }: Wanted): Moment {
  const known = EVENTS.findLast(([event, second]) => event <= (position ?? Infinity) && (at === undefined || clock(second) <= at)) ?? EVENTS[0];
  const [found, second] = known;
  return {
    position: found,
    nextPosition: EVENTS.find(([event]) => event > found)?.[0] ?? null,
    at: clock(second),
    event: { position: found, at: clock(second), actor: "system", kind: "BatchOpened", text: `event ${found}`, sentence: null, host: null },
    status: "RUNNING",
    outcome: null,
    hold: null,
    stopping: null,
    currentBatch: { number: 1 },
    counts: { ...NO_COUNTS, hosts: 10, settled: found },
    batches: [batch({ number: 1, size: 10, status: "OPEN" })],
    grid: null,
  } as unknown as Moment;
}

let asked: Wanted[] = [];

beforeEach(() => {
  asked = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { job: _job, ...wanted }: Wanted & { job: string }) => {
    asked.push(wanted);
    return { toPromise: () => Promise.resolve({ data: { jobAt: momentAt(wanted) } }) };
  }) as unknown as typeof reader.query);
});

const see = (search = "") => show(<ReplayScreen job={JOB} />, undefined, `/jobs/x/replay${search}`);
const slider = () => screen.getByRole("slider", { name: "Moment of the job" });
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

it("begins where the address says, and the address follows", async () => {
  see("?at=11");
  expect(await screen.findByText("event 11")).toBeTruthy();
  await press("Next milestone");
  expect(await screen.findByText("event 15")).toBeTruthy();
  await waitFor(() => expect(screen.getByTestId("address").textContent).toBe("?at=15"));
  expect(asked).toEqual([{ position: 11 }, { position: 15 }]);
});

it("goes from milestone to milestone and to the ends, and no further", async () => {
  see();
  expect(await screen.findByText("event 19")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Next milestone" }).hasAttribute("disabled")).toBe(true);
  await press("Milestone before");
  expect(await screen.findByText("event 15")).toBeTruthy();
  await press("To the beginning");
  expect(await screen.findByText("event 10")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Milestone before" }).hasAttribute("disabled")).toBe(true);
  await press("To the end");
  expect(await screen.findByText("event 19")).toBeTruthy();
});

it("steps from one event to the next with the arrow keys", async () => {
  see("?at=11");
  await screen.findByText("event 11");
  fireEvent.keyDown(slider(), { key: "ArrowRight" });
  expect(await screen.findByText("event 15")).toBeTruthy();
  fireEvent.keyDown(slider(), { key: "ArrowLeft" });
  expect(await screen.findByText("event 11")).toBeTruthy();
  expect(asked.slice(1)).toEqual([{ position: 15 }, { position: 14 }]);
});

it("shows the job at the moment under the thumb, and what had happened last by then", async () => {
  see();
  await screen.findByText("event 19");
  fireEvent.change(slider(), { target: { value: String(Date.parse(clock(30))) } });
  expect(await screen.findByText("event 11")).toBeTruthy();
  expect(asked.at(-1)).toEqual({ at: clock(30) });
  expect(slider().getAttribute("aria-valuetext")).toContain("8:00:30");
});

it("leads to a milestone from the list, and marks the one that is looked at", async () => {
  see("?at=11");
  await screen.findByText("event 11");
  expect(screen.getByRole("link", { name: "The job now" }).getAttribute("href")).toBe(`/jobs/${JOB.ulid}`);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toContain("Replay");
});
