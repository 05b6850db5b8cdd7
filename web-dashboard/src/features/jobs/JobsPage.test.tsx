import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { BREACH } from "../../testing/overview";
import { NO_COUNTS } from "../../testing/job";
import { server, show } from "../../testing/render";
import type { JobRow as Row } from "./jobs.query";
import { JobRow } from "./JobRow";
import { JobsPage } from "./JobsPage";

vi.mock("../../api/useLive", () => ({ useLive: () => ({ data: { overview: { position: 1 } }, refused: null }) }));

const row = (given: Partial<Row> = {}): Row => ({
  id: "job:1",
  ulid: "01JOB",
  template: "patch-server",
  status: "RUNNING",
  outcome: null,
  requestedBy: "user:ann",
  createdAt: "2026-11-23T08:00:00.000Z",
  took: 65_000,
  hold: null,
  counts: { ...NO_COUNTS, hosts: 300, settled: 40 },
  ...given,
});

let rows: Row[];
let asked: { operationName: string; variables: { filter?: unknown } }[];

beforeEach(() => {
  rows = [];
  asked = [];
  vi.stubGlobal("fetch", (_url: unknown, request: RequestInit) => {
    const said = JSON.parse(String(request.body)) as (typeof asked)[number];
    asked.push(said);
    const jobs = { totalCount: rows.length, pageInfo: { hasNextPage: false, endCursor: null }, nodes: rows };
    const data = said.operationName === "Jobs" ? { jobs } : { templates: { nodes: [{ id: "template:patch", name: "patch-server" }] } };
    return Promise.resolve(Response.json({ data }));
  });
  return () => vi.unstubAllGlobals();
});

const see = (address = "/jobs") => show(<JobsPage />, server(), address);
const filters = () => asked.filter(({ operationName }) => operationName === "Jobs").map(({ variables }) => variables.filter);
const address = () => new URLSearchParams(screen.getByTestId("address").textContent ?? "");

it("a job is told in one line", () => {
  show(<JobRow row={row({ status: "HELD", hold: BREACH, counts: { ...NO_COUNTS, hosts: 300, settled: 40, failed: 2 } })} />);
  expect(screen.getByText("patch-server").closest("a")?.getAttribute("href")).toBe("/jobs/01JOB");
  expect(screen.getByText("Held")).toBeTruthy();
  expect(screen.getByText("1 of 1 in the canary failed, at most 0 may")).toBeTruthy();
  expect(screen.getByText("1 m 05 s")).toBeTruthy();
  expect(screen.getByText("2").className).toContain("tone-failed");
  // On a narrow screen, where that column is not, it stands beside how far the job is.
  expect(screen.getByText("2").className).toContain("max-md:hidden");
  expect(screen.getByText("2 failed").className).toContain("md:hidden");
});

it("a job that left hosts out of service says so", () => {
  show(<JobRow row={row({ status: "SETTLED", counts: { ...NO_COUNTS, outOfService: 3 } })} />);
  expect(screen.getByText("3 hosts out of service")).toBeTruthy();
});

it("what is asked for stands in the address, and is asked of the server", async () => {
  const user = userEvent.setup();
  see("/jobs?q=ann");
  await waitFor(() => expect(filters()).toEqual([{ search: "ann" }]));
  await user.selectOptions(screen.getByLabelText("Any status"), "HELD");
  await user.selectOptions(await screen.findByLabelText("Any outcome"), "FAILED");
  expect(Object.fromEntries(address())).toEqual({ q: "ann", status: "HELD", outcome: "FAILED" });
  await waitFor(() => expect(filters().at(-1)).toEqual({ search: "ann", status: ["HELD"], outcome: ["FAILED"] }));
});

it("a day takes its zone into the address, so that a colleague elsewhere sees the same jobs", async () => {
  see();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  fireEvent.change(screen.getByLabelText("from"), { target: { value: "2026-11-23" } });
  await waitFor(() => expect(Object.fromEntries(address())).toEqual({ from: "2026-11-23", zone }));
  fireEvent.change(screen.getByLabelText("from"), { target: { value: "" } });
  await waitFor(() => expect(address().toString()).toBe(""));
});

it("nothing at all and nothing that fits are told apart", async () => {
  const user = userEvent.setup();
  see("/jobs?q=nobody");
  expect(await screen.findByText("No job fits")).toBeTruthy();
  const [clear] = screen.getAllByRole("button", { name: "Clear filters" });
  if (clear === undefined) throw new Error("nothing to clear");
  await user.click(clear);
  expect(await screen.findByText("There are no jobs yet")).toBeTruthy();
  expect(address().toString()).toBe("");
  expect(screen.getAllByRole("link", { name: "New job" }).map((link) => link.getAttribute("href"))).toEqual(["/jobs/new", "/jobs/new"]);
});
