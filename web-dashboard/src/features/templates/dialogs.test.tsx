import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, fetchExchange } from "@urql/core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { show } from "../../testing/render";
import { ApplyDialog, type Standing } from "./editor/ApplyDialog";
import { RemoveDialog } from "./RemoveDialog";

interface Asked {
  operationName: string;
  variables: { input?: Record<string, unknown> };
}

/** What somebody else applied meanwhile. */
const THEIRS = "template: patch\ntargets: role=db\n";

/** A server where version 5 stands, which refuses what was made from another one. */
function server() {
  const asked: Asked[] = [];
  const answer = (_url: unknown, request?: RequestInit) => {
    const said = JSON.parse(String(request?.body)) as Asked;
    asked.push(said);
    const behind = said.variables.input?.["baseVersion"] !== 5;
    const error = { code: "CONFLICT", message: "version 5 was applied by user:bob", hint: "compare it" };
    const data = {
      Template: { template: { id: "template:patch", version: 5, source: THEIRS, definition: { workflow: [] } } },
      ApplyTemplate: { answer: { template: behind ? null : { id: "t", name: "patch", version: 6 }, userErrors: behind ? [error] : [] } },
      UsesOfTemplates: { schedules: [{ id: "s:1", name: "nightly", template: "patch" }, { id: "s:2", name: "weekly", template: "reboot" }] },
      RemoveTemplate: { answer: { template: { id: "t", removed: true }, userErrors: [] } },
    }[said.operationName];
    return Promise.resolve(Response.json({ data }));
  };
  // What is only read goes past the page's client.
  vi.stubGlobal("fetch", answer);
  return { asked, client: new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] }) };
}

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
});

const nothing = () => {};

describe("applying", () => {
  const dialog = (base: number, more: { onTakeOver?: (newest: Standing) => void; onApplied?: (name: string) => void } = {}) => (
    <ApplyDialog
      name="patch"
      before={"template: patch\n"}
      source={"template: patch\ntargets: all\n"}
      base={base}
      next={base + 1}
      replaces={null}
      onTakeOver={more.onTakeOver ?? nothing}
      onClose={nothing}
      onApplied={more.onApplied ?? nothing}
    />
  );

  it("says which version it will be, what changes, and that running jobs keep theirs", () => {
    show(dialog(3), { ...server(), inputs: () => [] });
    expect(screen.getByText(/It becomes version 4 of patch/)).toBeTruthy();
    expect(screen.getByText(/keep the version they were created with/)).toBeTruthy();
    expect(screen.getByText("1 line added · 0 lines removed")).toBeTruthy();
  });

  it("tells who was quicker, and goes on from there only when the person says so", async () => {
    const { asked, client } = server();
    const takeOver = vi.fn<(newest: Standing) => void>();
    show(dialog(3, { onTakeOver: takeOver }), { client, asked, inputs: () => [] });
    await userEvent.click(screen.getByRole("button", { name: "Apply" }));
    expect((await screen.findByRole("alert")).textContent).toContain("version 5 was applied by user:bob");
    expect(asked[0]?.variables.input).toMatchObject({ baseVersion: 3 });
    expect(screen.getByRole("link", { name: "Compare version 3 with 5" }).getAttribute("href")).toContain("version=3..5");
    await userEvent.click(screen.getByRole("button", { name: /apply on top of version 5/ }));
    expect(takeOver.mock.lastCall?.[0]).toMatchObject({ version: 5, source: THEIRS });
  });

  it("tells the page when it is done", async () => {
    const applied = vi.fn<(name: string) => void>();
    show(dialog(5, { onApplied: applied }), { ...server(), inputs: () => [] });
    await userEvent.click(screen.getByRole("button", { name: "Apply" }));
    await vi.waitFor(() => expect(applied).toHaveBeenCalledWith("patch"));
  });
});

describe("removing", () => {
  it("needs a reason and the name, and then sends the reason", async () => {
    const { asked, client } = server();
    const removed = vi.fn<() => void>();
    show(<RemoveDialog name="patch" onClose={nothing} onRemoved={removed} />, { client, asked, inputs: () => [] });
    const button = () => screen.getByRole("button", { name: "Remove" });
    expect(button().getAttribute("aria-disabled")).toBe("true");
    await userEvent.type(screen.getByLabelText("Type patch to confirm"), "patch");
    expect(button().getAttribute("aria-disabled")).toBe("true");
    await userEvent.type(screen.getByLabelText("Reason"), "replaced");
    await userEvent.click(button());
    await vi.waitFor(() => expect(removed).toHaveBeenCalled());
    expect(asked.at(-1)?.variables.input).toEqual({ template: "patch", reason: "replaced" });
  });

  it("says which schedules will skip their moments", async () => {
    show(<RemoveDialog name="patch" onClose={nothing} onRemoved={nothing} />, { ...server(), inputs: () => [] });
    expect((await screen.findByText(/creates its jobs/)).textContent).toBe("1 schedule creates its jobs: nightly");
  });
});
