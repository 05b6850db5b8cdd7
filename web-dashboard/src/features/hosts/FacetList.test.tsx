import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { show } from "../../testing/render";
import { FacetList } from "./FacetList";
import type { Facets } from "./hosts.query";

const FACETS: Facets = {
  hosts: 10_000,
  labels: [
    { name: "dc", hosts: 10_000, distinct: 2, values: [{ value: "sh", hosts: 6_000 }, { value: "bj", hosts: 4_000 }] },
    { name: "serial", hosts: 9, distinct: 9_999, values: Array.from({ length: 8 }, (_, at) => ({ value: `SN${at}`, hosts: 1 })) },
  ],
  groups: [{ value: "edge", hosts: 12 }],
  groupNames: 1,
  problem: null,
};

it("each value narrows by its test, and says so where it does already", async () => {
  const onTest = vi.fn();
  show(<FacetList facets={FACETS} selector="dc=sh and role=web" onTest={onTest} />);
  expect(screen.getByRole("button", { name: "sh 6,000" }).getAttribute("aria-pressed")).toBe("true");
  const other = screen.getByRole("button", { name: "bj 4,000" });
  expect(other.getAttribute("aria-pressed")).toBe("false");
  await userEvent.click(other);
  await userEvent.click(screen.getByRole("button", { name: "edge 12" }));
  expect(onTest.mock.calls).toEqual([["dc=bj"], ["group=edge"]]);
});

it("of a label with many values a few are shown, more when asked for, and how many are left", async () => {
  show(<FacetList facets={FACETS} selector="" onTest={() => undefined} />);
  expect(screen.queryByRole("button", { name: "SN7 1" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "3 more" }));
  expect(screen.getByRole("button", { name: "SN7 1" })).toBeDefined();
  expect(screen.getByText("9,991 other values")).toBeDefined();
});
