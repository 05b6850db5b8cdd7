import { fireEvent, screen, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { show } from "../../testing/render";
import { occurrence } from "../../testing/schedules";
import type { Occurrence } from "./schedules.query";
import type { Place } from "./usePlace";
import { WeekView } from "./WeekView";
import { dayAt, weekOf } from "../../zoned";

const NOW = Date.parse("2026-10-21T12:00:00Z");
const ZONE = "Europe/Berlin";
const today = dayAt(NOW, ZONE);
const place: Place = { view: "week", day: today, today, zone: ZONE, schedule: "", moment: "", form: "", go: vi.fn() };

function open(occurrences: readonly Occurrence[]) {
  const onOpen = vi.fn();
  show(<WeekView days={weekOf(today, ZONE)} occurrences={occurrences} place={place} now={NOW} onOpen={onOpen} />);
  return onOpen;
}

it("shows a moment on the clocks of its zone, with what is to be known of it, and opens it", () => {
  const collisions = [{ schedule: { id: "schedule:2", name: "weekly" }, at: "2026-10-22T01:00:00Z", hosts: 12, waits: true }];
  const soon = occurrence({ at: "2026-10-22T00:30:00Z", prediction: { takes: 5_400_000, earlierJobs: 4 }, predictedFrom: "SCHEDULE", collisions });
  const onOpen = open([soon]);
  const day = within(screen.getByRole("region", { name: /^Thursday,? 22 October 2026$/ }));
  const block = day.getByRole("button");
  expect(block.textContent).toBe(
    "nightly02:30 12 hosts are wanted by another job, too, to come, about 1 h 30 m, told from its last 4 jobs",
  );
  fireEvent.click(block);
  expect(onOpen).toHaveBeenCalledWith(soon);
});

it("gives a day on which clocks change the hours it has", () => {
  open([]);
  expect(screen.getByRole("region", { name: /^Sunday,? 25 October 2026, 25 hours$/ })).toBeDefined();
  expect(screen.getByRole("region", { name: /^Saturday,? 24 October 2026$/ })).toBeDefined();
});

it("says where now is", () => {
  open([]);
  expect(within(screen.getByRole("region", { name: /^Wednesday,? 21 October 2026$/ })).getByText("Now: 14:00")).toBeDefined();
});
