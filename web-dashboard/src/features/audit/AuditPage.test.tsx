import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { RecordedEvent } from "../../events/events.query";
import { show } from "../../testing/render";
import { Row } from "./AuditPage";

const event = (job: RecordedEvent["job"]): RecordedEvent => ({
  position: 7,
  job,
  at: "2026-11-23T08:00:00.000Z",
  actor: "system",
  kind: "InventoryChanged",
  text: "inventory lab: 3 hosts put",
  sentence: null,
  host: null,
});

it("an event of a job says which, and leads there", async () => {
  const onOpen = vi.fn();
  show(<Row event={event({ ulid: "01M83S71M459D1ZYRRRFMNCBK2", template: "patch-server" })} open={false} onOpen={onOpen} />);
  const link = screen.getByRole("link", { name: "patch-server" });
  expect([link.title, link.getAttribute("href")]).toEqual(["01M83S71M459D1ZYRRRFMNCBK2", "/jobs/01M83S71M459D1ZYRRRFMNCBK2"]);
  await userEvent.click(screen.getByRole("button", { name: "Open record 7" }));
  expect(onOpen).toHaveBeenCalledOnce();
});

it("every event has a name, and what is of no job leads to none", () => {
  show(<Row event={event(null)} open={false} onOpen={vi.fn()} />);
  expect(screen.getByText("Inventory changed")).toBeTruthy();
  expect(screen.queryByRole("link")).toBeNull();
});
