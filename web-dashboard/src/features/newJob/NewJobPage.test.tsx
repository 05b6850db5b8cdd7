import { configure, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { server, show } from "../../testing/render";
import { NewJobPage } from "./NewJobPage";
import type { CreateJobInput, Preview, TemplateForm, UserError } from "./newJob.query";

// What is typed is taken in after a moment, twice.
configure({ asyncUtilTimeout: 4_000 });
vi.setConfig({ testTimeout: 20_000 });

const TEMPLATE: TemplateForm = {
  id: "template:patch",
  name: "patch",
  version: 3,
  removed: false,
  definition: {
    description: "Patches servers.",
    parameters: {
      properties: { kernel: { type: "string", default: "6.1" }, token: { type: "string", writeOnly: true } },
      required: [],
    },
    targets: "role=web",
    workflow: [{ index: 0, step: "check" }, { index: 1, step: "install" }],
    batches: [],
    concurrency: 200,
  },
};

const stage = { size: "1", amount: "1", upTo: false, repeat: false, bake: 600_000, approve: true, approvedBy: "release", approvalExpires: null, notRequester: false };
const PREVIEW: Preview = {
  plan: {
    hash: "a1b2c3d4e5f6a7b8",
    seed: "42",
    hosts: 40,
    stratifyBy: ["os"],
    strata: [{ values: "debian", hosts: 30 }, { values: "rocky", hosts: 10 }],
    stopsAt: 3,
    batchCount: 2,
    batches: [
      { number: 1, size: 1, firstHosts: ["web-7"], strata: [{ values: "debian", hosts: 1 }], lacks: ["rocky"], lacking: 1, stopsAt: 1, stage },
      { number: 2, size: 39, firstHosts: ["web-1"], strata: [{ values: "debian", hosts: 29 }], lacks: [], lacking: 0, stopsAt: null, stage },
    ],
  },
  templateVersion: 3,
  definition: { concurrency: 20, ramp: "NONE", gates: { signature: null, totalMaxFailed: null, totalMinSample: 20 } },
  prediction: { takes: 900_000, bakes: 600_000, finishesAt: "2099-01-01T00:00:00.000Z", earlierJobs: 4 },
  deferredNow: [
    { hosts: 3, outOfService: 1, names: ["web-[1-3]"], job: { id: "job:9", ulid: "9", template: "reboot", status: "HELD", outcome: null } },
  ],
  userErrors: [],
};

let preview: Preview;
let created: { job: { id: string; ulid: string } | null; userErrors: readonly UserError[] };
let lost: boolean;
let down: boolean;
let asked: { operationName: string; variables: { input: CreateJobInput } }[];

beforeEach(() => {
  preview = PREVIEW;
  created = { job: { id: "job:1", ulid: "01NEW" }, userErrors: [] };
  lost = false;
  down = false;
  asked = [];
  vi.stubGlobal("fetch", (_url: unknown, request: RequestInit) => {
    const said = JSON.parse(String(request.body)) as (typeof asked)[number];
    asked.push(said);
    if (down) return Promise.reject(new Error("connection refused"));
    if (lost && said.operationName === "CreateJob") return Promise.reject(new Error("connection refused"));
    const answers: Record<string, unknown> = {
      TemplateForm: { template: TEMPLATE },
      CountHosts: { countHosts: { count: 40, hosts: ["web-[1-40]"], problem: null } },
      SelectorLabels: { labels: [{ name: "role", hosts: 40, values: [{ value: "web", hosts: 40 }] }] },
      PreviewPlan: { previewPlan: preview },
      CreateJob: { createJob: created },
    };
    return Promise.resolve(Response.json({ data: answers[said.operationName] }));
  });
  return () => vi.unstubAllGlobals();
});

const see = (search = "?template=patch") => show(<NewJobPage />, server(), `/jobs/new${search}`);
const address = () => new URLSearchParams(screen.getByTestId("address").textContent ?? "");
const sent = (operation: string) => asked.filter(({ operationName }) => operationName === operation).map(({ variables }) => variables.input);
const reviewed = () => screen.findByText("a1b2c3d4e5f6");

/** The plan is reviewed with its seed, and the job can be created. */
async function ready(name: string | RegExp) {
  await waitFor(() => {
    expect(sent("PreviewPlan").at(-1)?.seed).toBe("42");
    expect(screen.getByRole("button", { name }).getAttribute("aria-disabled")).toBeNull();
  });
  return screen.getByRole("button", { name });
}

describe("the plan review", () => {
  it("says what will happen, how long it takes, where it stops and who is in the way", async () => {
    see();
    await reviewed();
    const review = within(screen.getByRole("region", { name: /Plan review/ }));
    expect(review.getByText("about 15 m 00 s")).toBeTruthy();
    expect(review.getByText("by what 4 earlier jobs took")).toBeTruthy();
    expect(review.getByText("at the 3rd failure in all")).toBeTruthy();
    expect(review.getByText("the canary covers 1 of 2 kinds, not rocky")).toBeTruthy();
    expect(review.getByText("reboot").closest("a")?.getAttribute("href")).toBe("/jobs/9");
    const batches = within(review.getByRole("table")).getAllByRole("row").slice(1);
    expect(batches[0]?.textContent).toContain("stops at the 1st failure");
    expect(batches[0]?.textContent).toContain("waits for approval by release");
    expect(batches[1]?.textContent).toContain("the job ends");
  });

  it("keeps the plan that was looked at in the address", async () => {
    see();
    await reviewed();
    await waitFor(() => expect(address().get("seed")).toBe("42"));
    await waitFor(() => expect(sent("PreviewPlan").at(-1)?.seed).toBe("42"));
  });
});

describe("the form", () => {
  it("keeps every choice in the address but secrets", async () => {
    const user = userEvent.setup();
    see();
    await reviewed();
    await user.click(screen.getByText("2 parameters that may be left as they are"));
    await user.type(screen.getByLabelText("kernel"), "6.2");
    await user.type(screen.getByLabelText("token"), "env:TOKEN");
    await user.click(screen.getByRole("button", { name: "By the number of hosts" }));
    await waitFor(() => expect(Object.fromEntries(address())).toMatchObject({ template: "patch", "p.kernel": "6.2", policy: "size" }));
    expect(address().toString()).not.toContain("TOKEN");
    await waitFor(() =>
      expect(sent("PreviewPlan").at(-1)).toMatchObject({ parameters: { kernel: "6.2", token: "env:TOKEN" }, policy: { batches: [] } }),
    );
  });

  it("shows what the server says at the field it is about, and lets nobody create what has no plan", async () => {
    const error = (path: string[], message: string): UserError => ({ code: "INVALID", message, hint: "", path });
    preview = {
      ...PREVIEW,
      plan: null,
      userErrors: [error(["input", "parameters", "kernel"], "no such kernel"), error(["input", "policy", "batches", "0", "size"], "too odd"), error([], "the disk is full")],
    };
    see(`?template=patch&policy=${encodeURIComponent('{"stages":[{"size":"x"}]}')}`);
    const kernel = await screen.findByText("no such kernel");
    expect(kernel.closest("div")?.querySelector("input")).toBe(screen.getByLabelText("kernel"));
    expect(screen.getByText("too odd").closest("li")).not.toBeNull();
    expect(screen.getByLabelText("Hosts of stage 1").getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByText("the disk is full")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Create" }).getAttribute("aria-disabled")).toBe("true");
  });

  it("says why the policy of the number of hosts will not do, too", async () => {
    const message = "template patch asks for approval by release, and these stages do not";
    preview = { ...PREVIEW, plan: null, userErrors: [{ code: "NOT_ALLOWED", message, hint: "", path: ["input", "policy", "batches"] }] };
    see("?template=patch&policy=size");
    expect((await screen.findByText(message)).getAttribute("role")).toBe("alert");
  });

  it("edits a policy of one's own", async () => {
    const user = userEvent.setup();
    see();
    await reviewed();
    await user.click(screen.getByRole("button", { name: "My own" }));
    await user.click(await screen.findByRole("button", { name: "Add a stage" }));
    await user.type(screen.getByLabelText("How long stage 4 is watched"), "30m");
    await waitFor(() => expect(sent("PreviewPlan").at(-1)?.policy?.batches).toHaveLength(4));
    await waitFor(() => expect(sent("PreviewPlan").at(-1)?.policy?.batches?.at(3)).toMatchObject({ size: "10%", bake: 1_800_000 }));
  });
});

describe("creating", () => {
  it("is not offered with the plan of another input where the new one could not be looked at", async () => {
    const user = userEvent.setup();
    see();
    await ready("Create");
    down = true;
    await user.type(screen.getByRole("combobox"), "role=db");
    await screen.findByText("The server cannot be reached.");
    expect(screen.getByRole("button", { name: "Create" }).getAttribute("aria-disabled")).toBe("true");
    expect(screen.queryByText("40 hosts", { selector: "span" })).toBeNull();
    down = false;
    await ready("Create");
    expect(sent("PreviewPlan").at(-1)?.targets).toBe("role=db");
  });

  it("creates exactly the plan that was reviewed", async () => {
    const user = userEvent.setup();
    see();
    await user.click(await ready("Create"));
    await waitFor(() => expect(sent("CreateJob")).toHaveLength(1));
    expect(sent("CreateJob")[0]).toMatchObject({ template: "patch", seed: "42", planHash: "a1b2c3d4e5f6a7b8", templateVersion: 3, start: false });
  });

  it("says what starting will do to how many hosts before it starts", async () => {
    const user = userEvent.setup();
    see();
    await user.click(await ready(/Create and start/));
    const dialog = within(screen.getByRole("dialog"));
    expect(dialog.getByText("hosts will be changed, batch by batch")).toBeTruthy();
    expect(dialog.getByText("After the canary the job waits until it is approved. You can hold it at any time.")).toBeTruthy();
    expect(sent("CreateJob")).toHaveLength(0);
    await user.click(dialog.getByRole("button", { name: "Create and start" }));
    await waitFor(() => expect(sent("CreateJob")[0]).toMatchObject({ start: true }));
  });

  it("sends a lost request again under the same key", async () => {
    const user = userEvent.setup();
    lost = true;
    see();
    const create = await ready("Create");
    await user.click(create);
    await screen.findByText(/Send it again/);
    lost = false;
    await user.click(create);
    await waitFor(() => expect(sent("CreateJob")).toHaveLength(2));
    const [first, second] = sent("CreateJob").map((input) => input.idempotencyKey);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
  });

  it("shows the new plan instead where hosts changed meanwhile", async () => {
    const user = userEvent.setup();
    created = { job: null, userErrors: [{ code: "CONFLICT", message: "the plan would not be the one", hint: "", path: ["input", "planHash"] }] };
    see();
    const create = await ready("Create");
    if (PREVIEW.plan !== null) preview = { ...PREVIEW, plan: { ...PREVIEW.plan, hash: "ffff00001111", hosts: 39 } };
    await user.click(create);
    expect(await screen.findByText("Hosts changed meanwhile. Nothing was created.")).toBeTruthy();
    expect(await screen.findByText("ffff00001111")).toBeTruthy();
  });
});
