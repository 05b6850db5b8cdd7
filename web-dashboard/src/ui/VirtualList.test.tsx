import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { VirtualList } from "./VirtualList";

let asked = 0;

const list = (rows: readonly string[], stale = false) => (
  <VirtualList label="Words" rows={rows} keyOf={(row) => row} rowHeight={20} columns={[]} grid="grid" minWidth="min-w-0" stale={stale} onNearEnd={() => (asked += 1)}>
    {(row) => row}
  </VirtualList>
);

it("asks for more once, and again only when there are other rows", () => {
  asked = 0;
  const rows = ["one", "two"];
  const { rerender } = render(list(rows));
  for (let again = 0; again < 20; again += 1) rerender(list(rows));
  expect(asked).toBe(1);
  rerender(list([...rows, "three"]));
  expect(asked).toBe(2);
});

it("says when its rows are those of another question", () => {
  const { rerender } = render(list(["one"], true));
  expect(screen.getByRole("table").getAttribute("aria-busy")).toBe("true");
  rerender(list(["one"]));
  expect(screen.getByRole("table").getAttribute("aria-busy")).toBe("false");
});
