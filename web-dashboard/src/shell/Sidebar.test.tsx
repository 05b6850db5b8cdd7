import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { session } from "../api/session";
import { show } from "../testing/render";
import { Sidebar } from "./Sidebar";

beforeEach(() => session.set("in"));

async function leave(answer: () => Promise<Response>) {
  vi.stubGlobal("fetch", answer);
  show(<Sidebar actor="user:ann" version="0.1.0" />);
  await userEvent.click(screen.getByRole("button", { name: "Language, theme, time" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Sign out" }));
}

it("signs out", async () => {
  await leave(() => Promise.resolve(new Response(null, { status: 204 })));
  await vi.waitFor(() => expect(session.get()).toBe("out"));
});

it.each([
  ["refuses", () => Promise.resolve(new Response(null, { status: 500 }))],
  ["cannot be reached", () => Promise.reject(new TypeError("Failed to fetch"))],
])("says that one is still signed in where the server %s", async (_how, answer) => {
  await leave(answer);
  expect((await screen.findByRole("alert")).textContent).toBe("Signing out did not work. You are still signed in; try it again.");
  expect(session.get()).toBe("in");
});
