import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { NO_COUNTS } from "../testing/job";
import { show } from "../testing/render";
import { CountFigures } from "./CountFigures";
import type { Counts } from "./counts.query";

const figures = (counts: Counts) => {
  show(<CountFigures counts={counts} />);
  return Object.fromEntries(screen.getAllByRole("term").map((term) => [term.textContent, term.nextElementSibling?.textContent]));
};

it("the figures make up all settled hosts", () => {
  const byOutcome = { ...NO_COUNTS.byOutcome, succeeded: 20, stepFailed: 2, lost: 1, inDoubt: 1, unreachable: 5, cancelled: 6 };
  const byStatus = { ...NO_COUNTS.byStatus, inDoubt: 3 };
  expect(figures({ ...NO_COUNTS, hosts: 40, settled: 38, succeeded: 20, failed: 4, byOutcome, byStatus })).toMatchObject({
    settled: "38 / 40",
    succeeded: "20",
    failed: "41 lost · 1 in doubt, taken over",
    unreachable: "5",
    cancelled: "6",
    "in doubt": "3",
  });
});

it("what there is none of takes no room", () => {
  expect(Object.keys(figures(NO_COUNTS))).toEqual(["settled", "succeeded", "failed", "in flight", "waiting", "out of service", "need a person"]);
});
