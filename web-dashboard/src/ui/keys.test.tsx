import { fireEvent, render, screen } from "@testing-library/react";
import { beforeAll, expect, it, vi } from "vitest";
import { listenToKeys, useBoundKeys, useKeys } from "./keys";

beforeAll(listenToKeys);

function Bound({ name, run, at = "h" }: { name: string; run: () => void; at?: string }) {
  useKeys([{ key: at, label: name, run }]);
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

it("a key that scrolls is left to what scrolls that way, and to an open drawer", () => {
  const [aside, down] = [vi.fn(), vi.fn()];
  const { rerender } = render(
    <main>
      <Bound name="week" at="ArrowLeft" run={aside} />
      <Bound name="month" at="PageDown" run={down} />
      <div data-testid="list" style={{ overflowY: "auto" }} />
      <p>Text</p>
    </main>,
  );
  const list = screen.getByTestId("list");
  Object.defineProperty(list, "scrollHeight", { value: 900 });
  Object.defineProperty(list, "clientHeight", { value: 300 });
  fireEvent.keyDown(list, { key: "PageDown" });
  expect(down).not.toHaveBeenCalled();
  fireEvent.keyDown(list, { key: "ArrowLeft" });
  fireEvent.keyDown(screen.getByText("Text"), { key: "PageDown" });
  expect([aside.mock.calls.length, down.mock.calls.length]).toEqual([1, 1]);
  rerender(
    <main>
      <Bound name="week" at="ArrowLeft" run={aside} />
      <aside data-drawer />
    </main>,
  );
  fireEvent.keyDown(document.body, { key: "ArrowLeft" });
  expect(aside).toHaveBeenCalledOnce();
});
