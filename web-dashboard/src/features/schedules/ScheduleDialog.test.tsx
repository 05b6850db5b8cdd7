import { CombinedError } from "@urql/core";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { server, show } from "../../testing/render";
import { schedule } from "../../testing/schedules";
import { type Intent, ScheduleDialog } from "./ScheduleDialog";

function open(intent: Intent, answers = server()) {
  const onDone = vi.fn();
  show(<ScheduleDialog schedule={schedule()} intent={intent} onClose={vi.fn()} onDone={onDone} />, answers);
  return { onDone, answers, button: (name: string) => screen.getByRole<HTMLButtonElement>("button", { name }) };
}

it("pausing says what is skipped and what goes on, and sends the reason", async () => {
  const { onDone, answers, button } = open("PAUSE");
  expect(screen.getByText(/moments are skipped from now on.*patch-server that run already go on/)).toBeDefined();
  await userEvent.type(screen.getByLabelText("Reason (optional)"), " audit ");
  await userEvent.click(button("Pause"));
  await waitFor(() => expect(onDone).toHaveBeenCalledWith(false));
  expect(answers.inputs()).toEqual([{ schedule: "schedule:1", reason: "audit" }]);
});

it("deleting asks for its reason", async () => {
  const { onDone, button } = open("DELETE");
  expect(button("Delete").disabled).toBe(true);
  await userEvent.type(screen.getByLabelText("Reason"), "the cluster is gone");
  await userEvent.click(button("Delete"));
  await waitFor(() => expect(onDone).toHaveBeenCalledWith(true));
});

it("says why it was not done, and stays", async () => {
  const { onDone, button } = open("RESUME", server([{ message: "the schedule is not paused", hint: "look again" }]));
  await userEvent.click(button("Resume"));
  await screen.findByRole("alert");
  expect(screen.getByRole("alert").textContent).toBe("the schedule is not pausedlook again");
  expect(onDone).not.toHaveBeenCalled();
});

/** What the page reads is answered so, in the order it asks. */
function reads(answer: () => object) {
  vi.spyOn(reader, "query").mockImplementation((() => ({ toPromise: () => Promise.resolve(answer()) })) as unknown as typeof reader.query);
}

it("a job is created only once it is known for how many hosts", async () => {
  reads(() => ({ data: { countHosts: { count: 40, hosts: [], problem: null } } }));
  const { button } = open("RUN");
  expect(button("Run now").disabled).toBe(true);
  await screen.findByText("40 hosts, as the inventory is now");
  expect(button("Run now").disabled).toBe(false);
});

it("no job is created for nobody knows how many hosts, and it is said why", async () => {
  reads(() => ({ error: new CombinedError({ graphQLErrors: ["out of order"] }) }));
  const { button } = open("RUN");
  expect((await screen.findByRole("alert")).textContent).toContain("out of order");
  expect(button("Run now").disabled).toBe(true);
});
