import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { show } from "../testing/render";
import { CopyButton } from "./CopyButton";

const press = async () => {
  const user = userEvent.setup();
  // As on a page that came by plain HTTP.
  Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true });
  show(<CopyButton label="Copy the id" text="01M8" />);
  await user.click(screen.getByRole("button"));
};

let taken: string | undefined;

/** The old way to copy: whether it works here. */
const old = (works: boolean) => {
  document.execCommand = vi.fn(() => {
    taken = document.querySelector("textarea")?.value;
    return works;
  });
};

afterEach(() => {
  taken = undefined;
});

it("copies where there is no clipboard to write to, and leaves nothing behind", async () => {
  old(true);
  await press();
  expect(await screen.findByRole("button", { name: "Copied" })).toBeTruthy();
  expect(taken).toBe("01M8");
  expect(document.querySelector("textarea")).toBeNull();
});

it("says that it could not copy", async () => {
  old(false);
  await press();
  expect(await screen.findByText("It could not be copied. Mark the text and copy it yourself.")).toBeTruthy();
});
