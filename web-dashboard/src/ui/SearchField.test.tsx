import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { SearchField } from "./SearchField";

/** A screen whose address changes only after a while. */
function Late() {
  const [search, setSearch] = useState("");
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <SearchField label="Search" field={field} value={search} onChange={({ target }) => setTimeout(() => setSearch(target.value), 20)} />
      <p>{`asked: ${search}`}</p>
    </>
  );
}

test("what is typed faster than the address changes is not lost", async () => {
  render(<Late />);
  await userEvent.type(screen.getByRole("searchbox"), "web-0001");
  expect(screen.getByRole("searchbox")).toHaveProperty("value", "web-0001");
  await screen.findByText("asked: web-0001");
  // The last letters' timers have run by then, too: nothing is set on a page that is gone.
  await new Promise((resolve) => setTimeout(resolve, 40));
});
