import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { CombinedError } from "@urql/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import { generation } from "../../api/live";
import { show } from "../../testing/render";
import { StatisticsPage } from "./StatisticsPage";
import type { HostSums, JobSums, Statistics } from "./statistics.query";

const NO_HOSTS: HostSums = {
  hosts: 0, touched: 0, ended: 0, succeeded: 0, failed: 0, lost: 0, unreachable: 0, inDoubt: 0, stopped: 0, notStarted: 0,
  successShare: null, timeP50: null, timeP95: null,
};
const NO_JOBS: JobSums = {
  ended: 0, succeeded: 0, partial: 0, failed: 0, cancelled: 0, killed: 0, lengthP50: null, lengthP95: null, hostsPerMinute: null,
};
const WELL: HostSums = { ...NO_HOSTS, hosts: 100, touched: 100, ended: 100, succeeded: 97, failed: 3, successShare: 9_700, timeP50: 42_000, timeP95: 95_000 };
const ENDED: JobSums = { ...NO_JOBS, ended: 2, succeeded: 1, partial: 1, lengthP50: 600_000, hostsPerMinute: 4.5 };

const STATISTICS: Statistics = {
  from: "2026-11-22T00:00:00.000Z",
  to: "2026-11-24T00:00:00.000Z",
  by: "DAY",
  leftOut: 0,
  jobs: ENDED,
  hosts: WELL,
  buckets: [
    { from: "2026-11-22T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z", jobs: NO_JOBS, hosts: NO_HOSTS },
    { from: "2026-11-23T00:00:00.000Z", to: "2026-11-24T00:00:00.000Z", jobs: ENDED, hosts: WELL },
  ],
  byTemplate: [{ template: "patch-server", jobs: ENDED, hosts: WELL }],
  errors: [{ error: "no space left on <host>", sample: "no space left on web-2", hosts: 3, jobs: 1, lastJobUlid: "01M8", lastTemplate: "patch-server", lastAt: "2026-11-23T04:00:00.000Z" }],
};

const BY_LABEL = { label: "dc", values: [{ value: "fra", jobs: 2, hosts: WELL }], others: null, without: { ...NO_HOSTS, hosts: 7 } };

const COMPLIANCE = {
  selector: "role=web", hosts: 200, done: 150, doneShare: 7_500,
  reasons: [
    { reason: "FAILED", outcome: "LOST", count: 10, hosts: ["web-[1-10]"], targets: "name in (web-[1-10])" },
    { reason: "NEVER", outcome: null, count: 40, hosts: ["web-[11-50]"], targets: null },
  ],
};
const LOST = { host: "web-1", reason: "FAILED", outcome: "LOST", error: "it did not come back", at: "2026-11-23T04:00:00.000Z", version: 3, jobUlid: "01M8ZZZZZZZZ" };

const LOST_ON_THE_WAY = new CombinedError({ networkError: new TypeError("Failed to fetch") });

let statistics: Statistics;
/** Answers of this operation are held back, or lost. */
let slow: string | null;
let lost: boolean;
let waiting: (() => void)[];
let asked: { operation: string; variables: Record<string, unknown> }[];

beforeEach(() => {
  statistics = STATISTICS;
  [slow, lost, waiting, asked] = [null, false, [], []];
  vi.spyOn(reader, "query").mockImplementation(((document: { definitions: { name?: { value: string } }[] }, variables: Record<string, unknown>) => {
    const operation = document.definitions[0]?.name?.value ?? "";
    asked.push({ operation, variables });
    const notDone = { totalCount: 1, pageInfo: { hasNextPage: false, endCursor: null }, nodes: [LOST] };
    const answers: Record<string, unknown> = {
      Statistics: { statistics },
      LabelNames: { labels: { labels: [{ name: "dc" }, { name: "os" }] } },
      ByLabel: { statistics: { byLabel: BY_LABEL } },
      TemplateNames: { templates: { nodes: ["patch-server", "reboot"].map((name) => ({ id: `template:${name}`, name, version: 3 })) } },
      Compliance: { compliance: COMPLIANCE },
      NotDone: { compliance: { notDone } },
    };
    const answer = lost ? { error: LOST_ON_THE_WAY } : { data: answers[operation] };
    return { toPromise: () => (operation === slow ? new Promise((resolve) => waiting.push(() => resolve(answer))) : Promise.resolve(answer)) };
  }) as unknown as typeof reader.query);
});
afterEach(() => vi.restoreAllMocks());

const see = (search = "") => show(<StatisticsPage />, undefined, `/statistics${search}`);
const address = () => screen.getByTestId("address").textContent;
const lastOf = (operation: string) => asked.findLast((one) => one.operation === operation)?.variables;

it("says the figures of a period that is pointed at, in every chart", async () => {
  see();
  const chart = within(await screen.findByRole("region", { name: "Success rate" }));
  (chart.getByRole("img") as unknown as SVGElement).focus();
  await userEvent.keyboard("{ArrowLeft}");
  expect(chart.getByText(/23 Nov: 97%/)).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Hosts per day" })).getByText(/97 succeeded, 3 failed/)).toBeTruthy();
  await userEvent.keyboard("{ArrowLeft}");
  expect(chart.getByText(/nothing ended/)).toBeTruthy();
});

it("has every figure of the charts in a table", async () => {
  see();
  const table = within(await screen.findByRole("region", { name: "The figures as a table" }));
  const rows = table.getAllByRole("row").map((row) => row.textContent);
  expect(rows).toHaveLength(3);
  expect(rows[2]).toMatch(/2973000.*97%42 s1 m 35 s4\.5$/);
});

it("keeps what is looked at in the address, and asks the server for it", async () => {
  see("?template=patch-server&from=2026-01-01&to=2026-12-31");
  await waitFor(() => expect(lastOf("Statistics")).toMatchObject({ template: "patch-server", by: "WEEK" }));
  await userEvent.click(screen.getByRole("button", { name: "7 days" }));
  expect(address()).toBe("?template=patch-server&days=7");
  await waitFor(() => expect(lastOf("Statistics")).toMatchObject({ by: "DAY" }));
  await userEvent.click(screen.getByRole("button", { name: "Hours" }));
  await waitFor(() => expect(lastOf("Statistics")).toMatchObject({ by: "HOUR" }));
});

it("shows labels, hosts without them too, and another label when asked", async () => {
  see("?view=labels");
  expect(await screen.findByRole("rowheader", { name: "fra" })).toBeTruthy();
  expect(screen.getByRole("rowheader", { name: "without dc" })).toBeTruthy();
  await userEvent.selectOptions(screen.getByLabelText("Label"), "os");
  await waitFor(() => expect(lastOf("ByLabel")).toMatchObject({ label: "os" }));
  expect(address()).toBe("?view=labels&label=os");
});

it("leads from an error to the hosts of the last job that had it", async () => {
  see("?view=errors");
  const link = await screen.findByRole("link", { name: "patch-server" });
  expect(link.getAttribute("href")).toBe("/jobs/01M8?error=no+space+left+on+%3Chost%3E");
});

it("says what to do where nothing has ended, and that older jobs are left out", async () => {
  statistics = { ...STATISTICS, jobs: NO_JOBS, hosts: NO_HOSTS };
  const { unmount } = see();
  expect(await screen.findByText("No job ended in this time")).toBeTruthy();
  expect(screen.getByRole("link", { name: "New job" }).getAttribute("href")).toBe("/jobs/new");
  unmount();
  statistics = { ...STATISTICS, leftOut: 12 };
  see();
  expect(await screen.findByText(/12 jobs that an earlier version archived/)).toBeTruthy();
});

it("says how many are done, why the others are not, and makes a job of them where they can be named", async () => {
  see("?view=compliance");
  const summary = within(await screen.findByRole("region", { name: "How many are done" }));
  expect(summary.getByText("75%")).toBeTruthy();
  expect(summary.getByText("150 of 200 hosts are done")).toBeTruthy();
  const link = summary.getByRole("link", { name: "New job with these" });
  expect(link.getAttribute("href")).toBe("/jobs/new?template=patch-server&targets=name+in+%28web-%5B1-10%5D%29");
  expect(summary.getByText("too many names for one address")).toBeTruthy();
  await userEvent.click(summary.getByRole("button", { name: /Lost/ }));
  expect(address()).toBe("?view=compliance&reason=FAILED.LOST");
  await waitFor(() => expect(lastOf("NotDone")).toMatchObject({ reason: "FAILED", outcome: "LOST", template: "patch-server" }));
});

it("asks with the selector, the day and the version of the address", async () => {
  see("?view=compliance&selector=dc%3Dfra&since=2026-11-01&version=3");
  await waitFor(() => expect(lastOf("Compliance")).toMatchObject({ template: "patch-server", selector: "dc=fra", version: 3 }));
  expect(String(lastOf("Compliance")?.["since"])).toMatch(/^2026-1[01]-\d\dT/);
});

it("never makes a job of one template for the hosts of another", async () => {
  see("?view=compliance&template=patch-server");
  await screen.findByRole("link", { name: "New job with these" });
  slow = "Compliance";
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Template" }), "reboot");
  expect(screen.queryByRole("link", { name: "New job with these" })).toBeNull();
  await waitFor(() => expect(waiting).toHaveLength(1));
  await act(async () => waiting.forEach((answer) => answer()));
  const link = await screen.findByRole("link", { name: "New job with these" });
  expect(link.getAttribute("href")).toContain("template=reboot");
});

it("pales while another day is asked for, and one look that fails takes nothing away", async () => {
  see("?view=compliance&template=patch-server");
  const summary = await screen.findByRole("region", { name: "How many are done" });
  slow = "Compliance";
  await userEvent.type(screen.getByRole("spinbutton"), "2");
  expect(summary.parentElement?.getAttribute("aria-busy")).toBe("true");
  await act(async () => waiting.forEach((answer) => answer()));
  expect(summary.parentElement?.getAttribute("aria-busy")).toBe("false");
  [slow, lost] = [null, true];
  act(() => generation.set(generation.get() + 2));
  await screen.findAllByText("The server cannot be reached.");
  expect(screen.getByRole("region", { name: "How many are done" })).toBe(summary);
});

it("keeps the charts where one look fails", async () => {
  see();
  await screen.findByRole("region", { name: "Success rate" });
  lost = true;
  act(() => generation.set(generation.get() + 2));
  await screen.findByText("The server cannot be reached.");
  expect(screen.getByRole("region", { name: "Success rate" })).toBeTruthy();
});
