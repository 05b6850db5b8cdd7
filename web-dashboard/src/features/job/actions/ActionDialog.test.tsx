import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { actions, batch, job, NO_COUNTS } from "../../../testing/job";
import { server, show } from "../../../testing/render";
import { ActionDialog } from "./ActionDialog";
import type { Intent } from "./action";

const counts = {
  ...NO_COUNTS,
  hosts: 300,
  outOfService: 2,
  byStatus: { waiting: 101, deferred: 0, running: 30, inDoubt: 0 },
  byOutcome: { ...NO_COUNTS.byOutcome, stepFailed: 4, timedOut: 1 },
};
const running = job({ counts, actions: actions(["APPROVE"]) });

function open(intent: Intent, answers = server()) {
  const onClose = vi.fn();
  show(<ActionDialog job={running} intent={intent} onClose={onClose} />, answers);
  const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>("button", { name });
  /** Presses a button once it is clear how many hosts it is about. */
  const press = async (name: string) => {
    await waitFor(() => expect(button(name).disabled).toBe(false));
    await userEvent.click(button(name));
  };
  return { onClose, button, press, answers };
}

it("holding says what happens to how many hosts, and sends the reason", async () => {
  const { onClose, button, answers } = open({ kind: "HOLD" });
  expect(screen.getByText("30").parentElement?.textContent).toBe("30hosts in flight finish their workflow");
  expect(screen.getByText("101").parentElement?.textContent).toContain("stay untouched until you resume");
  await userEvent.type(screen.getByLabelText("Reason (optional)"), "  disks are full ");
  await userEvent.click(button("Hold"));
  await waitFor(() => expect(answers.inputs()).toEqual([{ job: running.id, reason: "disks are full" }]));
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it("cancelling needs a reason", async () => {
  const { button, answers } = open({ kind: "CANCEL" });
  expect(button("Cancel the job").disabled).toBe(true);
  await userEvent.type(screen.getByLabelText("Reason"), "wrong patch");
  await userEvent.click(button("Cancel the job"));
  expect(answers.inputs()).toEqual([{ job: running.id, reason: "wrong patch" }]);
});

it("killing needs a reason and the job's name or id", async () => {
  const { button } = open({ kind: "KILL" });
  const name = screen.getByLabelText(/Type patch-server/);
  await userEvent.type(screen.getByLabelText("Reason"), "it deletes data");
  expect(button("Kill").disabled).toBe(true);
  await userEvent.type(name, "patch-serve");
  expect(button("Kill").disabled).toBe(true);
  await userEvent.type(name, "r");
  expect(button("Kill").disabled).toBe(false);
  fireEvent.change(name, { target: { value: running.ulid } });
  expect(button("Kill").disabled).toBe(false);
});

it("retrying leaves out the ways to end that were unticked", async () => {
  const { press, answers } = open({ kind: "RETRY" });
  await userEvent.click(screen.getByRole("checkbox", { name: /Timed out/ }));
  await userEvent.click(screen.getByRole("radio", { name: "At the first step" }));
  await press("Retry");
  expect(answers.inputs()).toEqual([{ job: running.id, which: { outcomes: ["STEP_FAILED"] }, from: "START", reason: "" }]);
});

it("retrying all leaves the choice to the server, and retrying nobody is not possible", async () => {
  const { button, press, answers } = open({ kind: "RETRY" });
  await press("Retry");
  expect(answers.inputs()).toEqual([{ job: running.id, which: null, from: "FAILED_STEP", reason: "" }]);
  for (const box of screen.getAllByRole("checkbox")) await userEvent.click(box);
  expect(button("Retry").disabled).toBe(true);
  expect(screen.queryByText(/another run$/)).toBeNull();
});

it("retrying a cluster says how many hosts that are, by the server's word, and sends its error", async () => {
  const which = { error: "E: no lock (#)" };
  const { button, answers } = open({ kind: "RETRY", which }, server([], 1_234));
  expect((await screen.findByText("1,234")).parentElement?.textContent).toContain("are given another run");
  expect(answers.asked.find(({ operationName }) => operationName === "Touches")?.variables).toEqual({ job: running.id, action: "RETRY", which });
  expect(screen.queryByRole("checkbox")).toBeNull();
  await userEvent.type(screen.getByLabelText("Reason (optional)"), "lock is gone");
  await userEvent.click(button("Retry"));
  expect(answers.inputs()).toEqual([{ job: running.id, which, from: "FAILED_STEP", reason: "lock is gone" }]);
});

it("asks anew how many hosts are meant when the choice changes", async () => {
  const { answers } = open({ kind: "RETRY" }, server([], 5));
  await userEvent.click(screen.getByRole("checkbox", { name: /Timed out/ }));
  await waitFor(() => expect(answers.asked.findLast(({ operationName }) => operationName === "Touches")?.variables).toMatchObject({ which: { outcomes: ["STEP_FAILED"] } }));
});

it("nobody agrees before it is known how many hosts are touched, and the number follows the job", async () => {
  const answers = server([], 3);
  const moved = (position: number) => <ActionDialog job={{ ...running, position }} intent={{ kind: "ACCEPT" }} onClose={vi.fn()} />;
  const { rerender } = show(moved(100), answers);
  await userEvent.type(screen.getByLabelText("Reason"), "mine");
  await screen.findByText("3");
  answers.touch(7);
  rerender(moved(101));
  await screen.findByText("7", {}, { timeout: 3_000 });
  expect(answers.asked.filter(({ operationName }) => operationName === "Touches")).toHaveLength(2);
});

it("what touches nobody knows how many hosts cannot be sent, and says why", async () => {
  const answers = server([], null);
  const { button } = open({ kind: "APPROVE", batch: 1, planHash: "1d64533db3292849" }, answers);
  expect(button("Approve").disabled).toBe(true);
  expect((await screen.findByRole("alert")).textContent).toContain("How many hosts that are could not be found out.");
  expect(button("Approve").disabled).toBe(true);
});

it("approving names the batch, how many come next, and the plan that was looked at", async () => {
  const { press, answers } = open({ kind: "APPROVE", batch: 1, planHash: "1d64533db3292849" }, server([], 15));
  expect((await screen.findByText("15")).parentElement?.textContent).toContain("hosts in the batch that opens next");
  await press("Approve");
  expect(answers.inputs()).toEqual([{ job: running.id, batch: 1, planHash: "1d64533db3292849", reason: "" }]);
});

it("says who may approve, and does not let others send it", async () => {
  const stage = { amount: "1", upTo: false, approvedBy: null, notRequester: true };
  const asking = { ...running, requestedBy: "user:tess", batches: [batch({ number: 1, size: 1, status: "AWAITING_APPROVAL", stage, whyNotApprover: "REQUESTER" })], actions: actions(["APPROVE"]) };
  show(<ActionDialog job={asking} intent={{ kind: "APPROVE", batch: 1, planHash: "1d64533db3292849" }} onClose={vi.fn()} />, server([], 15));
  expect(screen.getByText("It has to be approved by somebody else than who asked for the job.")).toBeTruthy();
  expect((await screen.findByRole("alert")).textContent).toBe("You asked for this job (user:tess): somebody else has to approve it.");
  await screen.findByText("15");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Approve" }).disabled).toBe(true);
});

it("a person says what became of a host in doubt, and how that is known", async () => {
  const { button, answers } = open({ kind: "RESOLVE", host: "web-0001" });
  await userEvent.click(screen.getByRole("radio", { name: /It took effect/ }));
  await userEvent.type(screen.getByLabelText("Reason"), "looked at it");
  await userEvent.click(button(/Say what happened/));
  expect(answers.inputs()).toEqual([{ job: running.id, host: "web-0001", verdict: "SUCCEEDED", reason: "looked at it" }]);
});

it("stays open with the server's words when it was refused", async () => {
  const { onClose, button } = open({ kind: "HOLD" }, server([{ message: "the job is held already", hint: "resume it" }]));
  await userEvent.click(button("Hold"));
  expect((await screen.findByRole("alert")).textContent).toBe("the job is held alreadyresume it");
  expect(onClose).not.toHaveBeenCalled();
});

it("begins where the reason is written", () => {
  open({ kind: "RETRY" });
  expect(document.activeElement).toBe(screen.getByLabelText("Reason (optional)"));
});
