import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, CombinedError, fetchExchange } from "@urql/core";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { server, show } from "../../testing/render";
import type { FleetHost } from "./hosts.query";
import { HostsPage } from "./HostsPage";

vi.mock("../../api/live", async (live) => ({ ...(await live<object>()), subscribe: () => () => undefined }));

const WEB: FleetHost = {
  id: "host:web-1",
  name: "web-1",
  address: null,
  source: "lab",
  labels: [{ name: "role", value: "web" }],
  leasedTo: null,
  outOfServiceBecauseOf: null,
  outOfServiceSince: null,
  needsAPerson: false,
  lastRun: null,
};

interface Asked {
  selector: string | null;
  search: string | null;
  filter: object;
  values?: number;
}

let lost = false;

beforeEach(() => {
  lost = false;
});

/** A server with two hosts, which reads no selector that ends with an `=`. */
function open(address: string) {
  const asked: Asked[] = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, variables: Asked) => {
    asked.push(variables);
    if (lost) return { toPromise: () => Promise.resolve({ error: new CombinedError({ networkError: new TypeError("Failed to fetch") }) }) };
    const isBad = variables.selector?.endsWith("=") === true;
    const problem = isBad ? { offset: variables.selector?.length ?? 0, message: "a value is missing", hint: "write role=web" } : null;
    const values = [{ value: "web", hosts: 2 }];
    const labels = { hosts: 2, labels: [{ name: "role", hosts: 2, distinct: 1, values }], groups: [], groupNames: 0, problem };
    const nodes = isBad ? [] : [WEB, { ...WEB, id: "host:web-2", name: "web-2" }];
    const hosts = { totalCount: nodes.length, problem, pageInfo: { hasNextPage: false, endCursor: null }, nodes };
    return { toPromise: () => Promise.resolve({ data: variables.values === undefined ? { hosts } : { labels } }) };
  }) as unknown as typeof reader.query);
  const nothing = () => Promise.resolve(Response.json({ data: { labels: { labels: [], groups: [] } } }));
  const client = new Client({ url: "/graphql", preferGetMethod: false, fetch: nothing, exchanges: [fetchExchange] });
  show(<HostsPage />, { ...server(), client }, address);
  return asked;
}

const address = () => screen.getByTestId("address").textContent;
const listed = (asked: readonly Asked[]) => asked.findLast(({ values }) => values === undefined);

it("what the address says is what the server is asked for", async () => {
  const asked = open("/hosts?selector=role%3Dweb&q=1&only=outOfService");
  await screen.findByText("2 hosts");
  expect(listed(asked)).toMatchObject({ selector: "role=web", search: "1", filter: { outOfService: true } });
  expect(screen.getByRole("button", { name: "New job with these hosts" }).getAttribute("aria-disabled")).toBeNull();
});

it("a facet narrows the selector, and takes that back", async () => {
  open("/hosts");
  await userEvent.click(await screen.findByRole("button", { name: "web 2" }));
  await waitFor(() => expect(address()).toBe("?selector=role%3Dweb"));
  const facet = await screen.findByRole("button", { name: "web 2", pressed: true });
  await userEvent.click(facet);
  await waitFor(() => expect(address()).toBe(""));
});

it("while a selector makes no sense yet the hosts chosen before stay, and nothing can be done with them", async () => {
  const asked = open("/hosts");
  await screen.findByText("2 hosts");
  await userEvent.click(screen.getByRole("combobox", { name: "Selector" }));
  await userEvent.paste("role=");
  await screen.findByText("These are the hosts chosen before.");
  expect(listed(asked)?.selector).not.toBe("role=");
  expect(screen.getByRole("button", { name: "New job with these hosts" }).getAttribute("aria-disabled")).toBe("true");
  await userEvent.paste("web");
  await waitFor(() => expect(listed(asked)?.selector).toBe("role=web"));
});

it("an address with a selector that cannot be read says where", async () => {
  open("/hosts?selector=role%3D");
  expect((await screen.findByRole("alert")).textContent).toContain("a value is missing");
  await screen.findByText("The selector cannot be read yet");
});

it("one look that fails takes no hosts away, and is made good", async () => {
  open("/hosts");
  await screen.findByText("2 hosts");
  const list = screen.getByRole("table", { name: "Hosts" });
  lost = true;
  act(() => generation.set(generation.get() + 2));
  await screen.findByText("The server cannot be reached.");
  expect(screen.getByRole("table", { name: "Hosts" })).toBe(list);
  lost = false;
  await waitFor(() => expect(screen.queryByText("The server cannot be reached.")).toBeNull());
});

it("while another selector is typed neither the count nor the job is of the hosts before", async () => {
  open("/hosts?selector=role%3Dweb");
  await screen.findByText("2 hosts");
  await userEvent.click(screen.getByRole("combobox", { name: "Selector" }));
  await userEvent.paste(" or role=db");
  expect(screen.queryByText("2 hosts")).toBeNull();
  expect(screen.getByRole("button", { name: "New job with these hosts" }).getAttribute("aria-disabled")).toBe("true");
  await screen.findByText("2 hosts");
});
