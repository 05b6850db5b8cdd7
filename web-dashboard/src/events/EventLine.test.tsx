import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { EventLine } from "./EventLine";
import type { RecordedEvent } from "./events.query";

const ended = (outcome: string): RecordedEvent => ({
  position: 7,
  job: { ulid: "01M8", template: "patch" },
  at: "2026-11-23T08:00:00.000Z",
  actor: "system",
  kind: "HostRunFinished",
  text: "",
  sentence: { key: "HOST_RUN_FINISHED", values: { host: "web-1", outcome: { key: outcome, values: {}, text: "" } } },
  host: "web-1",
});

it.each([
  ["HOST_SUCCEEDED", "tone-done"],
  ["HOST_STEP_FAILED", "tone-failed"],
  ["HOST_LOST", "tone-lost"],
])("a host that ended as %s has the sign of that", (outcome, tone) => {
  const { container } = render(<EventLine event={ended(outcome)} />);
  expect(container.querySelector("svg")?.getAttribute("class")).toContain(tone);
});
