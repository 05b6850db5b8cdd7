import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, fetchExchange } from "@urql/core";
import { afterEach, expect, it, vi } from "vitest";
import { reader } from "../../../api/client";
import { server, showGuarded } from "../../../testing/render";
import { TemplateEditor } from "./TemplateEditor";

vi.mock("./YamlEditor", () => ({
  YamlEditor: ({ label, text, onChange }: { label: string; text: string; onChange: (text: string) => void }) => (
    <textarea aria-label={label} value={text} onChange={(event) => onChange(event.target.value)} />
  ),
}));
vi.mock("./useKnowledge", () => ({ useKnowledge: () => null }));
vi.mock("./useValidation", () => ({
  useValidation: () => ({ validation: { valid: true, diagnostics: [], definition: { name: "patch" } }, stale: false, error: null }),
}));

afterEach(() => sessionStorage.clear());

/** A server where somebody else has applied version 5 meanwhile. */
function changedMeanwhile() {
  const asked: { baseVersion: number }[] = [];
  const template = { id: "template:patch", version: 5, source: "theirs\n" };
  vi.spyOn(reader, "query").mockImplementation((() => ({ toPromise: () => Promise.resolve({ data: { template } }) })) as unknown as typeof reader.query);
  const answer = (_url: unknown, request?: RequestInit) => {
    const { input } = (JSON.parse(String(request?.body)) as { variables: { input: { baseVersion: number } } }).variables;
    asked.push(input);
    const userErrors = input.baseVersion === 5 ? [] : [{ code: "CONFLICT", message: "version 5 was applied by user:bob", hint: "" }];
    return Promise.resolve(Response.json({ data: { answer: { template: null, userErrors } } }));
  };
  return { asked, answers: { ...server(), client: new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] }) } };
}

it("after a conflict it compares with the newest text, and counts on from its number", async () => {
  const { asked, answers } = changedMeanwhile();
  showGuarded(<TemplateEditor name="patch" source={"old\n"} version={3} onApplied={vi.fn()} />, answers);
  await userEvent.type(await screen.findByRole("textbox"), "mine");
  await userEvent.click(screen.getByRole("button", { name: "Apply" }));
  expect(screen.getByText(/It becomes version 4 of patch/)).toBeTruthy();
  await userEvent.click(screen.getAllByRole("button", { name: "Apply" }).at(-1) as HTMLElement);
  await userEvent.click(await screen.findByRole("button", { name: /apply on top of version 5/ }));
  expect(screen.getByText(/It becomes version 6 of patch/)).toBeTruthy();
  expect(screen.getByRole("group", { name: /changes/i }).textContent).toContain("theirs");
  await userEvent.click(screen.getAllByRole("button", { name: "Apply" }).at(-1) as HTMLElement);
  await waitFor(() => expect(asked.map(({ baseVersion }) => baseVersion)).toEqual([3, 5]));
});
