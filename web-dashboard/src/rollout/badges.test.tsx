import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { show } from "../testing/render";
import { HostBadge } from "./HostBadge";
import { JobBadge } from "./JobBadge";

const breathes = (text: string) => screen.getByText(text).querySelector(".breathe") !== null;

it("a job says how it ended, otherwise where it is, and breathes while it moves", () => {
  show(
    <>
      <JobBadge job={{ status: "FINISHED", outcome: "PARTIAL" }} />
      <JobBadge job={{ status: "RUNNING", outcome: null }} />
      <JobBadge still job={{ status: "DRAINING", outcome: null }} />
    </>,
  );
  expect(screen.getByText("Partly succeeded").className).toContain("tone-deferred");
  expect([breathes("Partly succeeded"), breathes("Running"), breathes("Draining")]).toEqual([false, true, false]);
});

it("a host says how its run ended, otherwise where it is", () => {
  show(
    <>
      <HostBadge run={{ status: "FINISHED", outcome: "LOST" }} />
      <HostBadge run={{ status: "RUNNING", outcome: null }} />
      <HostBadge run={{ status: "IN_DOUBT", outcome: null }} />
    </>,
  );
  expect(screen.getByText("Lost").className).toContain("tone-lost");
  expect(screen.getByText("In doubt").className).toContain("tone-doubt");
  expect([breathes("Running"), breathes("In doubt")]).toEqual([true, false]);
});
