import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { show } from "../testing/render";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Menu, MenuItem } from "./Menu";

function Page() {
  const [open, setOpen] = useState(false);
  const footer = (
    <>
      <Button blocked="not yet" data-begin>
        Do it
      </Button>
      <Button onClick={() => setOpen(false)}>Back</Button>
    </>
  );
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open</Button>
      <Menu trigger={<Button>More</Button>}>
        <MenuItem onSelect={() => setOpen(true)}>Kill</MenuItem>
      </Menu>
      {open && (
        <Dialog title="Sure?" onClose={() => setOpen(false)} footer={footer}>
          Text
        </Dialog>
      )}
    </>
  );
}

const button = (name: string) => screen.getByRole("button", { name });

it("gives the focus back to where it was", async () => {
  show(<Page />);
  await userEvent.click(button("Open"));
  expect(document.activeElement).toBe(button("Do it"));
  await userEvent.click(button("Back"));
  expect(document.activeElement).toBe(button("Open"));
});

it("gives the focus back to the button of the menu that it came from", async () => {
  show(<Page />);
  const more = button("More");
  await userEvent.click(more);
  await userEvent.click(screen.getByRole("menuitem", { name: "Kill" }));
  await screen.findByRole("dialog");
  await userEvent.click(button("Back"));
  await waitFor(() => expect(document.activeElement).toBe(more));
});

it("a tip stands in the dialog, which covers everything else", async () => {
  show(<Page />);
  await userEvent.click(button("Open"));
  const dialog = screen.getByRole("dialog");
  await waitFor(() => expect(dialog.querySelector("[data-radix-popper-content-wrapper]")?.textContent).toContain("not yet"));
});
