import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { actions, batch, job, NO_COUNTS } from "../../../testing/job";
import { server, show } from "../../../testing/render";
import { BatchRail } from "./BatchRail";

const failing = { ...NO_COUNTS, hosts: 30, settled: 20, succeeded: 17, failed: 3, byOutcome: { ...NO_COUNTS.byOutcome, succeeded: 17, stepFailed: 3 }, byStatus: { ...NO_COUNTS.byStatus, running: 10 } };
const batches = [
  batch({ number: 1, size: 1, status: "PASSED" }),
  batch({ number: 2, size: 30, status: "OPEN", stopsAt: 4, counts: failing, openedAt: "2026-11-23T08:00:00.000Z" }),
  batch({ number: 3, size: 269 }),
];
const moving = job({ batches, currentBatch: { number: 2 }, actions: actions(["HOLD"]) });

it("has a bar for each batch that says how it stands", () => {
  show(<BatchRail job={moving} planHash="abc" onIntend={vi.fn()} />);
  const bars = screen.getAllByRole("button", { name: /^Batch/ });
  expect(bars.map((bar) => bar.getAttribute("aria-label"))).toEqual([
    "Batch 1, Passed: 0 of 1 settled, 0 failed",
    "Batch 2, Open: 20 of 30 settled, 3 failed",
    "Batch 3, Not open yet: 0 of 269 settled, 0 failed",
  ]);
});

it("shows the current batch with its gate's numbers, and holds in place", async () => {
  const onIntend = vi.fn();
  show(<BatchRail job={moving} planHash="abc" onIntend={onIntend} />);
  expect(screen.getByRole("heading").textContent).toContain("Batch 2 of 3");
  expect(screen.getByText(/stops at the 4th failure/).parentElement?.textContent).toContain("3stops");
  await userEvent.click(screen.getByRole("button", { name: /Hold/ }));
  expect(onIntend).toHaveBeenCalledWith({ kind: "HOLD" });
});

it("shows another batch when it is chosen, and says so in the address", async () => {
  show(<BatchRail job={moving} planHash="abc" onIntend={vi.fn()} />);
  await userEvent.click(screen.getByRole("button", { name: /^Batch 3/ }));
  expect(screen.getByRole("heading").textContent).toContain("Batch 3 of 3");
  expect(screen.getByTestId("address").textContent).toBe("?batch=3");
  await userEvent.click(screen.getByRole("button", { name: /^Batch 2/ }));
  expect(screen.getByTestId("address").textContent).toBe("");
});

it("counts a bake down", () => {
  const bakeUntil = new Date(Date.now() + 125_000).toISOString();
  const baking = job({ batches: [batch({ number: 1, size: 1, status: "BAKING", bakeUntil })], currentBatch: { number: 1 } });
  show(<BatchRail job={baking} planHash="abc" onIntend={vi.fn()} />);
  expect(screen.getByText(/^2:0\d$/)).toBeTruthy();
});

it("asks for approval in place, and says why one may not approve", async () => {
  const onIntend = vi.fn();
  const asking = { batches: [batch({ number: 1, size: 1, status: "AWAITING_APPROVAL" })], currentBatch: { number: 1 } };
  const { unmount } = show(<BatchRail job={job({ ...asking, actions: actions(["APPROVE"]) })} planHash="abc" onIntend={onIntend} />);
  await userEvent.click(screen.getByRole("button", { name: /Approve/ }));
  expect(onIntend).toHaveBeenCalledWith({ kind: "APPROVE", batch: 1, planHash: "abc" });
  unmount();
  show(<BatchRail job={job({ ...asking, actions: actions([]) })} planHash="abc" onIntend={onIntend} />);
  expect(screen.getByRole("button", { name: /Approve/ }).getAttribute("aria-disabled")).toBe("true");
});

it("scrolls the rail to its batch, and never the page", () => {
  const scroll = vi.spyOn(Element.prototype, "scrollIntoView");
  vi.spyOn(HTMLElement.prototype, "offsetLeft", "get").mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(30);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  show(<BatchRail job={moving} planHash="abc" onIntend={vi.fn()} />);
  expect(screen.getByRole("list").scrollLeft).toBe(530);
  expect(scroll).not.toHaveBeenCalled();
});

it("holds a hundred batches", () => {
  const many = Array.from({ length: 100 }, (_, at) => batch({ number: at + 1, size: 100 }));
  show(<BatchRail job={job({ batches: many, currentBatch: { number: 7 } })} planHash="abc" onIntend={vi.fn()} />);
  expect(screen.getAllByRole("button", { name: /^Batch/ })).toHaveLength(100);
});

it("says who has to approve, and blocks whoever would be refused", async () => {
  const stage = { amount: "1", upTo: false, approvedBy: "release", notRequester: false };
  const asking = (whyNotApprover: "OTHER_TOKEN" | null) =>
    job({ batches: [batch({ number: 1, size: 1, status: "AWAITING_APPROVAL", approve: true, stage, whyNotApprover })], currentBatch: { number: 1 }, actions: actions(["APPROVE"]) });
  const { unmount } = show(<BatchRail job={asking("OTHER_TOKEN")} planHash="abc" onIntend={vi.fn()} />);
  expect(screen.getByText("the access token release")).toBeTruthy();
  const approve = () => screen.getByRole("button", { name: /Approve/ });
  await waitFor(() => expect(approve().getAttribute("aria-disabled")).toBe("true"));
  await userEvent.hover(approve());
  expect((await screen.findByRole("tooltip")).textContent).toBe("Only the access token release may approve this; you are user:tess.");
  unmount();
  show(<BatchRail job={asking(null)} planHash="abc" onIntend={vi.fn()} />, server([], 0, "token:release"));
  await screen.findByText("at most 10");
  expect(approve().getAttribute("aria-disabled")).toBeNull();
});

it("shows what the gates of the whole job count, against their limits", async () => {
  const counts = { ...NO_COUNTS, failed: 4, byOutcome: { ...NO_COUNTS.byOutcome, stepFailed: 4, unreachable: 3 } };
  show(<BatchRail job={{ ...moving, counts }} planHash="abc" onIntend={vi.fn()} />);
  expect((await screen.findByText("at most 10")).parentElement?.textContent).toBe("4at most 10");
  expect(screen.getByText("at most 5%").parentElement?.textContent).toBe("3at most 5%");
});
