import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, fetchExchange } from "@urql/core";
import { useState } from "react";
import { expect, it } from "vitest";
import { server, show } from "../testing/render";
import type { SelectorProblem } from "./selector.query";
import { SelectorField } from "./SelectorField";

/** A server that knows two labels, and values of one of them. */
function fleet(roles = ["web", "worker", "db"]) {
  const hosts = [30, 5, 2];
  const values = roles.map((value, at) => ({ value, hosts: hosts[at] ?? 0 }));
  const answer = (_url: unknown, request?: RequestInit) => {
    const { variables } = JSON.parse(String(request?.body)) as { variables: { name: string | null; text: string } };
    const role = { name: "role", hosts: 37, values: variables.name === "role" ? values.filter(({ value }) => value.includes(variables.text)) : [] };
    const labels = [role, { name: "rack", hosts: 37, values: [] }];
    return Promise.resolve(Response.json({ data: { labels: { labels, groups: [{ value: "edge", hosts: 3 }] } } }));
  };
  return { ...server(), client: new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] }) };
}

function Field({ problem = null }: { problem?: SelectorProblem | null }) {
  const [value, setValue] = useState("");
  return <SelectorField label="Selector" value={value} onChange={setValue} problem={problem} count="37 hosts" />;
}

const box = () => screen.getByRole<HTMLInputElement>("combobox", { name: "Selector" });
const options = () => screen.queryAllByRole("option").map(({ textContent }) => textContent);

it("names are suggested, then the values of the name, and a key takes them", async () => {
  show(<Field />, fleet());
  await userEvent.type(box(), "ro");
  await waitFor(() => expect(options()).toEqual(["role=37"]));
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(options()).toEqual(["web30", "worker5", "db2"]));
  expect(box().value).toBe("role=");
  await userEvent.keyboard("w{ArrowDown}");
  await waitFor(() => expect(screen.getByRole("option", { selected: true }).textContent).toBe("worker5"));
  await userEvent.keyboard("{Tab}");
  await waitFor(() => expect(box().value).toBe("role=worker"));
  expect(document.activeElement).toBe(box());
});

it("what is typed faster than the address changes is not lost", async () => {
  function Late() {
    const [value, setValue] = useState("");
    return <SelectorField label="Selector" value={value} onChange={(text) => setTimeout(() => setValue(text), 20)} problem={null} />;
  }
  show(<Late />, fleet());
  await userEvent.type(box(), "rack=r7 and role=w");
  expect(box().value).toBe("rack=r7 and role=w");
  await waitFor(() => expect(options()).toEqual(["web30", "worker5"]));
});

it("escape puts suggestions away and leaves what was typed", async () => {
  show(<Field />, fleet());
  await userEvent.type(box(), "group=");
  await waitFor(() => expect(options()).toEqual(["edge3"]));
  await userEvent.keyboard("{Escape}");
  expect(options()).toEqual([]);
  expect(box().value).toBe("group=");
  expect(box().getAttribute("aria-expanded")).toBe("false");
});

it("a problem is marked at its place, which is counted in characters and not in halves of them", () => {
  const problem = { offset: 7, message: "a value is missing", hint: "write role=web" };
  show(<SelectorField label="Selector" value="🚀=x rol&e" onChange={() => undefined} problem={problem} />, fleet());
  expect(screen.getByRole("alert").querySelector("mark")?.textContent).toBe("&");
  expect(screen.getByRole("alert").textContent).toContain("a value is missing: write role=web");
});

it("tab leaves the field, unless the arrows have led to a suggestion", async () => {
  show(<Field />, fleet());
  await userEvent.type(box(), "role=w");
  await waitFor(() => expect(options()).toEqual(["web30", "worker5"]));
  await userEvent.keyboard("{Tab}");
  expect(box().value).toBe("role=w");
  expect(document.activeElement).not.toBe(box());
});

it("what is typed in full is not offered, and Enter does not make something else of it", async () => {
  show(<Field />, fleet(["web", "web-canary"]));
  await userEvent.type(box(), "role=web");
  await waitFor(() => expect(options()).toEqual(["web-canary5"]));
  expect(screen.queryByRole("option", { selected: true })).toBeNull();
  await userEvent.keyboard("{Enter}");
  expect(box().value).toBe("role=web");
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await waitFor(() => expect(box().value).toBe("role=web-canary"));
});
