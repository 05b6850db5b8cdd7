import { fireEvent, render, screen } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";
import { listenToKeys, useBoundKeys, useKeys } from "./keys";

beforeAll(listenToKeys);

function Bound({ name, run }: { name: string; run: () => void }) {
  useKeys([{ key: "h", label: name, run }]);
  return null;
}

function Help() {
  return <p>{useBoundKeys().map(({ key, label }) => `${key} ${label};`)}</p>;
}

it("the last that came up has the key, and the one before has it again afterwards", () => {
  const [page, drawer] = [vi.fn(), vi.fn()];
  const { rerender } = render(<><Bound name="page" run={page} /><Bound key="d" name="drawer" run={drawer} /><Help /></>);
  fireEvent.keyDown(document.body, { key: "h" });
  expect([page.mock.calls.length, drawer.mock.calls.length]).toEqual([0, 1]);
  expect(screen.getByText("h page;h drawer;")).toBeTruthy();
  rerender(<><Bound name="page" run={page} /><Help /></>);
  fireEvent.keyDown(document.body, { key: "h" });
  expect([page.mock.calls.length, drawer.mock.calls.length]).toEqual([1, 1]);
});

it("a key means itself in a field, with a modifier, and under an open dialog", () => {
  const run = vi.fn();
  render(<><Bound name="page" run={run} /><input aria-label="reason" /></>);
  fireEvent.keyDown(screen.getByLabelText("reason"), { key: "h" });
  fireEvent.keyDown(document.body, { key: "h", ctrlKey: true });
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.setAttribute("open", "");
  fireEvent.keyDown(document.body, { key: "h" });
  expect(run).not.toHaveBeenCalled();
  dialog.remove();
  fireEvent.keyDown(document.body, { key: "h" });
  expect(run).toHaveBeenCalledOnce();
});

it("a key means itself in an editor that stands in a shadow root", () => {
  const run = vi.fn();
  render(<><Bound name="page" run={run} /><div data-testid="host" /></>);
  const field = document.createElement("textarea");
  screen.getByTestId("host").attachShadow({ mode: "open" }).append(field);
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "h", bubbles: true, composed: true }));
  expect(run).not.toHaveBeenCalled();
});
