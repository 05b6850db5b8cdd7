import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { show } from "../../testing/render";
import { occurrence } from "../../testing/schedules";
import { MomentDetail } from "./MomentDetail";
import type { Occurrence } from "./schedules.query";
import type { Place } from "./usePlace";

const AT = "2026-11-24T14:00:00.000Z";
const place = { schedule: "schedule:1", moment: AT } as unknown as Place;

/** A server whose answer holds one moment, of which there is one every hour. */
function serve() {
  const asked: string[] = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { from }: { from: string }) => {
    asked.push(from);
    const occurrences: Occurrence[] = [occurrence({ at: from })];
    return { toPromise: () => Promise.resolve({ data: { calendar: { occurrences, truncated: true, completeUntil: from } } }) };
  }) as unknown as typeof reader.query);
  return asked;
}

it("a moment is told although there are more before it than one answer holds", async () => {
  const asked = serve();
  show(<MomentDetail place={place} zone="UTC" />);
  await screen.findByRole("region", { name: "The chosen moment" });
  expect(screen.getByRole("region").querySelector("time")?.getAttribute("datetime")).toBe(AT);
  await waitFor(() => expect(asked).toEqual(["2026-11-17T14:00:00.000Z", AT]));
});
