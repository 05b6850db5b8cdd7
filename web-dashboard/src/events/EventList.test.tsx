import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { show } from "../testing/render";
import { NOTHING_TOLD, type Told } from "./eventLog";
import { EventList } from "./EventList";

const asked = { older: vi.fn(), showFresh: vi.fn(), onSight: vi.fn() };

const see = (told: Partial<Told>) =>
  show(<EventList label="Events" log={{ ...NOTHING_TOLD, loading: false, ...told, ...asked }} none="Nothing recorded yet." height="" />);

const EVENT = { position: 7, job: { ulid: "01", template: "patch" }, at: "2026-11-23T08:00:00.000Z", actor: "system", kind: "BatchOpened", text: "", sentence: null, host: null };

it("does not say that nothing is recorded before the log is looked through", () => {
  const { unmount } = see({ loading: true, looking: true, more: true });
  expect(screen.getByText("Still looking through the log …")).toBeTruthy();
  expect(screen.queryByText("Nothing recorded yet.")).toBeNull();
  unmount();
  see({});
  expect(screen.getByText("Nothing recorded yet.")).toBeTruthy();
});

it("says why something could not be read, and not that there is nothing", () => {
  see({ error: "the disk is slow", more: true });
  expect(screen.getByText("the disk is slow")).toBeTruthy();
  expect(screen.queryByText("Nothing recorded yet.")).toBeNull();
});

it("keeps the events beside what could not be read, and leads to newer ones", async () => {
  see({ events: [EVENT], error: "the disk is slow", fresh: 12 });
  expect(screen.getByRole("log")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "12 new" }));
  expect(asked.showFresh).toHaveBeenCalledOnce();
});
