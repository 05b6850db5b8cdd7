import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { RecordedEvent } from "../../events/events.query";
import { show } from "../../testing/render";
import { Row } from "./AuditPage";

const event = (stream: string): RecordedEvent => ({
  position: 7,
  stream,
  at: "2026-11-23T08:00:00.000Z",
  actor: "system",
  kind: "InventoryChanged",
  text: "inventory lab: 3 hosts put",
  sentence: null,
  host: null,
});

it("an event of a job says which, and leads there", async () => {
  const onOpen = vi.fn();
  show(<Row event={event("job/01M83S71M459D1ZYRRRFMNCBK2")} open={false} onOpen={onOpen} />);
  const link = screen.getByRole("link", { name: "Job 01M83S71M459D1ZYRRRFMNCBK2" });
  expect([link.textContent, link.getAttribute("href")]).toEqual(["…MNCBK2", "/jobs/01M83S71M459D1ZYRRRFMNCBK2"]);
  await userEvent.click(screen.getByRole("button", { name: "Open record 7" }));
  expect(onOpen).toHaveBeenCalledOnce();
});

it("every event has a name, and what is of no job leads to none", () => {
  show(<Row event={event("inventory")} open={false} onOpen={vi.fn()} />);
  expect(screen.getByText("Inventory changed")).toBeTruthy();
  expect(screen.queryByRole("link")).toBeNull();
});
