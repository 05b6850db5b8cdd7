import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { server, showGuarded } from "../../testing/render";
import { schedule } from "../../testing/schedules";
import { ScheduleForm } from "./ScheduleForm";
import { usePlace } from "./usePlace";

function Page() {
  const place = usePlace(Date.parse("2026-11-23T08:00:00.000Z"));
  return (
    <>
      <button type="button">Before</button>
      {place.form !== "" && <ScheduleForm place={place} onDone={vi.fn()} />}
    </>
  );
}

beforeEach(() => {
  const template = { id: "template:patch", name: "patch-server", definition: { targets: "role=web", parameters: {} } };
  const data = {
    schedule: schedule({ deadline: 90_000 }),
    template,
    templates: { nodes: [template] },
    countHosts: { count: 3, hosts: [], problem: null },
    previewCron: { firings: [], problem: null, hint: null },
  };
  vi.spyOn(reader, "query").mockImplementation((() => ({ toPromise: () => Promise.resolve({ data }) })) as unknown as typeof reader.query);
});

const see = (answers = server()) => showGuarded(<Page />, answers, "/schedules?form=schedule%3A1");
const address = () => screen.getByTestId("address").textContent;
const name = () => screen.findByLabelText<HTMLInputElement>("Name");

it("closes at once while nothing was changed", async () => {
  see();
  await name();
  fireEvent.keyDown(document.body, { key: "Escape" });
  await waitFor(() => expect(address()).toBe(""));
});

it("asks before what was filled in is lost, whatever closes it", async () => {
  see();
  await userEvent.type(await name(), " two");
  fireEvent.keyDown(await name(), { key: "Escape" });
  await screen.findByRole("dialog", { name: "Leave without saving?" });
  await userEvent.click(screen.getByRole("button", { name: "Stay" }));
  expect((await name()).value).toBe("nightly two");
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  await screen.findByRole("dialog", { name: "Leave without saving?" });
  await userEvent.click(screen.getByRole("button", { name: "Leave" }));
  await waitFor(() => expect(address()).toBe(""));
});

it("does not ask when it was saved, and takes a deadline of a minute and a half", async () => {
  const answers = server();
  see(answers);
  await userEvent.type(await name(), " two");
  const deadline = screen.getByLabelText<HTMLInputElement>("Too late after (minutes)");
  expect(deadline.value).toBe("1.5");
  expect(deadline.checkValidity()).toBe(true);
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(false));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(address()).toContain("schedule="));
  expect(answers.inputs()).toMatchObject([{ name: "nightly two", deadline: 90_000 }]);
  expect(screen.queryByRole("dialog")).toBeNull();
});
