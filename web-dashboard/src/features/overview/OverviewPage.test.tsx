import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Follower } from "../../api/live";
import { NO_COUNTS } from "../../testing/job";
import { BREACH, goingOn, LOCK, over, overview, waits } from "../../testing/overview";
import { show } from "../../testing/render";
import { OverviewPage, OverviewScreen } from "./OverviewPage";
import type { Overview, Schedule } from "./overview.query";

const live = vi.hoisted(() => ({ told: null as unknown }));

vi.mock("../../api/live", async (whole) => ({
  ...(await whole<object>()),
  follow(_document: unknown, _variables: unknown, listener: unknown) {
    live.told = listener;
    return () => undefined;
  },
}));

let schedules: Schedule[] = [];

beforeEach(() => {
  schedules = [];
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ data: { schedules } })));
  return () => vi.unstubAllGlobals();
});

const see = (given: Partial<Overview>) => show(<OverviewScreen overview={overview(given)} />, undefined, "/");
const region = (name: string) => screen.getByRole("region", { name });
const linkOf = (element: HTMLElement) => element.closest("a")?.getAttribute("href");

const FORWARD = { key: "CLOCKS_FORWARD", values: { time: "02:30:00", date: "2099-03-29" }, text: "" } as const;

const HELD = goingOn("2", {
  status: "HELD",
  hold: BREACH,
  waitingFor: [waits("RESUME"), waits("PERSON", { outOfService: 1, inDoubt: 0 })],
  attention: "HOSTS",
  counts: { ...NO_COUNTS, hosts: 300, settled: 1, failed: 1, outOfService: 1, needingAPerson: 1 },
  failureClusters: [LOCK],
});

it("says first and largest what needs a person, why, and where to go", async () => {
  see({ needing: [HELD], needingCount: 51, underWay: [goingOn("3")], underWayCount: 1, held: 1, running: 1, hostsOutOfService: 1, hostsNeedingAPerson: 1 });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("51 jobs need a person");
  const needing = within(screen.getByRole("list", { name: "Jobs that need a person" }));
  expect(linkOf(needing.getByText("template-2"))).toBe("/jobs/2");
  expect(needing.getByText("1 of 1 in the canary failed, at most 0 may")).toBeTruthy();
  expect(needing.getByText("1 out of service, 0 in doubt")).toBeTruthy();
  expect(linkOf(needing.getByText(LOCK.sample))).toBe("/jobs/2?error=E%3A+no+lock+%28%23%29");
  expect(needing.queryByText("template-3")).toBeNull();
  expect(await screen.findByText("There are no schedules.")).toBeTruthy();
});

it("is calm when nothing needs a person, and shows each job under way by its batches", async () => {
  see({ underWay: [goingOn("3", { counts: { ...NO_COUNTS, hosts: 1_200, settled: 40 } })], running: 1 });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Nothing needs a person");
  expect(screen.queryByRole("list", { name: "Jobs that need a person" })).toBeNull();
  const underWay = within(region("Under way"));
  expect(linkOf(underWay.getByText("template-3"))).toBe("/jobs/3");
  expect(underWay.getByRole("img").getAttribute("aria-label")).toBe("Batch 1 of 2: 40 of 1,200 hosts settled, 0 failed");
  expect(within(region("Out of service because of us")).getByText("Every host is in service.")).toBeTruthy();
  expect(await screen.findByText("There are no schedules.")).toBeTruthy();
});

it("leads to the hosts a job keeps out of service, and to what failed in one that is over", () => {
  const { id, ulid, template, counts } = HELD;
  see({
    needing: [HELD],
    keepingOut: [{ id, ulid, template, counts, outOfServiceSince: new Date(Date.now() - 7_200_000).toISOString() }],
    hostsOutOfService: 1,
    lastFailures: [
      { job: HELD, cluster: LOCK },
      { job: over("1"), cluster: { ...LOCK, error: "disk full" } },
    ],
    ended: [over("1", { outcome: "PARTIAL" })],
  });
  expect(within(region("Out of service because of us")).getByText("2 hours ago")).toBeTruthy();
  expect(linkOf(within(region("Out of service because of us")).getByText("template-2"))).toBe("/jobs/2?view=hosts&only=outOfService");
  const failures = within(region("Last failures"));
  expect(failures.getAllByText(LOCK.sample)).toHaveLength(2);
  expect(failures.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
    "/jobs/2?error=E%3A+no+lock+%28%23%29",
    "/jobs/1?error=disk+full",
  ]);
  expect(within(region("Ended last")).getByText("Partly succeeded")).toBeTruthy();
});

it("shows what the clock starts next, and what is paused", async () => {
  const base = { template: "patch-server", zone: "Asia/Shanghai", queued: null };
  schedules = [
    { ...base, id: "a", name: "weekly", paused: false, upcoming: [{ at: "2099-01-05T20:00:00.000Z", sentence: null }] },
    { ...base, id: "b", name: "nightly", paused: false, upcoming: [{ at: "2099-01-02T01:00:00.000Z", sentence: FORWARD }] },
    { ...base, id: "c", name: "old-one", paused: true, upcoming: [] },
  ];
  see({ underWay: [goingOn("3")] });
  await screen.findByText("weekly");
  expect(within(region("Next on schedule")).getAllByRole("listitem").map((item) => item.textContent?.slice(0, 7))).toEqual(["nightly", "weeklyp"]);
  expect(screen.getByText("clocks are put forward over 02:30:00 on 2099-03-29: fires right after")).toBeTruthy();
  expect(screen.getByText("Paused: old-one")).toBeTruthy();
});

it("tells a new installation two commands, and gives them to the clipboard", async () => {
  const user = userEvent.setup();
  see({ hosts: 0 });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Nothing has run here yet");
  const [first, ...others] = screen.getAllByRole("button", { name: "Copy the command" });
  expect(others).toHaveLength(1);
  if (first === undefined) throw new Error("nothing to copy");
  await user.click(first);
  expect(await navigator.clipboard.readText()).toBe("stagger host apply hosts.yaml");
  expect(screen.getByRole("button", { name: "Copied" })).toBeTruthy();
});

it("does not ask for hosts where there are some", () => {
  see({ hosts: 1_200 });
  expect(screen.getByText("1,200 hosts are known.")).toBeTruthy();
  expect(screen.getAllByRole("button", { name: "Copy the command" })).toHaveLength(1);
});

it("says beside what it knows that the server tells no more, until it does again", () => {
  show(<OverviewPage />, undefined, "/");
  const { next, refused } = live.told as Follower<{ overview: Overview }>;
  act(() => next({ overview: overview({ needing: [HELD] }) }));
  act(() => refused([{ message: "the disk is slow" }]));
  expect(screen.getByText("the disk is slow")).toBeTruthy();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("1 job needs a person");
  act(() => next({ overview: overview({ needing: [HELD] }) }));
  expect(screen.queryByText("the disk is slow")).toBeNull();
});
