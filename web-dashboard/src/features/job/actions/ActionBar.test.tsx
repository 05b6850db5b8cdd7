import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { actions, batch, job } from "../../../testing/job";
import { show } from "../../../testing/render";
import { ActionBar } from "./ActionBar";

it("offers what the API allows, and shows the rest disabled with its reason", async () => {
  const onIntend = vi.fn();
  show(<ActionBar job={job({ status: "HELD", actions: actions(["RESUME", "KILL"]) })} planHash="abc" onIntend={onIntend} />);
  expect(screen.queryByRole("button", { name: "Start" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Resume" }));
  expect(onIntend).toHaveBeenCalledWith({ kind: "RESUME" });

  const hold = screen.getByRole("button", { name: /Hold/ });
  expect(hold.getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(hold);
  expect(onIntend).toHaveBeenCalledTimes(1);

  await userEvent.click(screen.getByRole("button", { name: "More actions" }));
  expect(screen.getByRole("menuitem", { name: /Drain/ }).textContent).toContain("no DRAIN now");
  await userEvent.click(screen.getByRole("menuitem", { name: /Kill/ }));
  expect(onIntend).toHaveBeenLastCalledWith({ kind: "KILL" });
});

it("approves the batch that asks, for the plan on the screen", () => {
  const onIntend = vi.fn();
  const asking = [batch({ number: 1, size: 1, status: "PASSED" }), batch({ number: 2, size: 3, status: "AWAITING_APPROVAL" })];
  show(<ActionBar job={job({ batches: asking, actions: actions(["APPROVE"]) })} planHash="abc" onIntend={onIntend} />);
  fireEvent.keyDown(document.body, { key: "p" });
  expect(onIntend).toHaveBeenCalledWith({ kind: "APPROVE", batch: 2, planHash: "abc" });
});

it("does nothing by key that may not be done", () => {
  const onIntend = vi.fn();
  show(<ActionBar job={job({ actions: actions(["HOLD"]) })} planHash="abc" onIntend={onIntend} />);
  fireEvent.keyDown(document.body, { key: "p" });
  expect(onIntend).not.toHaveBeenCalled();
  fireEvent.keyDown(document.body, { key: "h" });
  expect(onIntend).toHaveBeenCalledWith({ kind: "HOLD" });
});

it("is gone when the job has ended and nothing can be done", () => {
  show(<ActionBar job={job({ status: "FINISHED", outcome: "SUCCEEDED" })} planHash="abc" onIntend={vi.fn()} />);
  expect(screen.queryByRole("button")).toBeNull();
});

it("another run is in front wherever hosts can have one, also when the job has ended", async () => {
  const onIntend = vi.fn();
  show(<ActionBar job={job({ status: "FINISHED", outcome: "PARTIAL", actions: actions(["RETRY"]) })} planHash="abc" onIntend={onIntend} />);
  expect(screen.queryByRole("button", { name: /Hold/ })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(onIntend).toHaveBeenCalledWith({ kind: "RETRY" });
});
