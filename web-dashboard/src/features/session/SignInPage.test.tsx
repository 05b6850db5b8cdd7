import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { session } from "../../api/session";
import { show } from "../../testing/render";
import { SignIn } from "./SignInPage";

function answer(status: number, headers: Record<string, string> = {}) {
  const fetched = vi.fn((_url: string, _init: RequestInit) => Promise.resolve(new Response(null, { status, headers })));
  vi.stubGlobal("fetch", fetched);
  return () => fetched.mock.calls.map(([url, init]) => [init.method, url, JSON.parse(String(init.body))]);
}

beforeEach(() => {
  session.set("out");
  location.hash = "";
});

async function typeToken() {
  await userEvent.type(screen.getByLabelText("Access token"), " stg_x ");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

it("trades a token for a session and keeps it nowhere", async () => {
  const asked = answer(204);
  show(<SignIn />);
  await typeToken();
  expect(asked()).toEqual([["POST", "/session", { token: "stg_x" }]]);
  expect(session.get()).toBe("in");
  expect(screen.getByLabelText<HTMLInputElement>("Access token").value).toBe("");
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("stg_x");
});

it("says that a token is wrong", async () => {
  answer(401);
  show(<SignIn />);
  await typeToken();
  expect((await screen.findByRole("alert")).textContent).toContain("not a valid token");
  expect(session.get()).toBe("out");
});

it("says how long to wait after too many tries", async () => {
  answer(429, { "retry-after": "30" });
  show(<SignIn />);
  await typeToken();
  expect((await screen.findByRole("alert")).textContent).toBe("Too many tries. Wait 30 seconds.");
});

it("says that the server is not there", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  show(<SignIn />);
  await typeToken();
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be reached");
});

it("uses the code of a one-time link once, and takes it out of the address", async () => {
  const asked = answer(204);
  location.hash = "#once=CODE1";
  show(<SignIn />);
  await vi.waitFor(() => expect(asked()).toEqual([["POST", "/session", { once: "CODE1" }]]));
  expect(location.href).not.toContain("CODE1");
});
