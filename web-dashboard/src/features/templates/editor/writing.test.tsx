import { renderHook, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keepDraft, readDraft } from "./draft";
import { useDryRun } from "./useDryRun";
import { useValidation } from "./useValidation";

describe("a draft", () => {
  afterEach(() => sessionStorage.clear());

  it("is kept in the tab, each template's by itself, until it is taken away", () => {
    keepDraft("patch", { text: "a", base: 3 });
    keepDraft(null, { text: "new", base: 0 });
    expect(readDraft("patch")).toEqual({ text: "a", base: 3 });
    expect(readDraft(null)).toEqual({ text: "new", base: 0 });
    keepDraft("patch", null);
    expect(readDraft("patch")).toBeNull();
  });

  it("that cannot be read is none", () => {
    sessionStorage.setItem("stagger.draft.patch", "{");
    expect(readDraft("patch")).toBeNull();
    sessionStorage.setItem("stagger.draft.patch", '{"text": 1}');
    expect(readDraft("patch")).toBeNull();
  });
});

describe("checking while somebody types", () => {
  it("asks about the text that stands still, and hears only the answer about the newest", async () => {
    const answers: { source: string; answer: (valid: boolean) => void }[] = [];
    vi.stubGlobal("fetch", (_url: unknown, request?: RequestInit) => {
      const { source } = (JSON.parse(String(request?.body)) as { variables: { source: string } }).variables;
      return new Promise((resolve) => {
        const answer = (valid: boolean) => resolve(Response.json({ data: { validateTemplate: { valid, diagnostics: [], definition: null } } }));
        answers.push({ source, answer });
      });
    });
    const { result, rerender } = renderHook(({ text }) => useValidation(text), { initialProps: { text: "one" } });
    await waitFor(() => expect(answers).toHaveLength(1));
    rerender({ text: "tw" });
    rerender({ text: "two" });
    await waitFor(() => expect(answers).toHaveLength(2), { timeout: 2_000 });
    expect(answers.map(({ source }) => source)).toEqual(["one", "two"]);
    answers[1]?.answer(true);
    await waitFor(() => expect(result.current.validation?.valid).toBe(true));
    expect(result.current.stale).toBe(false);
    answers[0]?.answer(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(result.current.validation?.valid).toBe(true);
    rerender({ text: "three" });
    expect(result.current.stale).toBe(true);
  });

  it("does not take what was said of an earlier text for what cannot be checked", async () => {
    let down = false;
    vi.stubGlobal("fetch", () =>
      down ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve(Response.json({ data: { validateTemplate: { valid: true, diagnostics: [], definition: null } } })),
    );
    const { result, rerender } = renderHook(({ text }) => useValidation(text), { initialProps: { text: "one" } });
    await waitFor(() => expect(result.current.stale).toBe(false));
    down = true;
    rerender({ text: "two" });
    await waitFor(() => expect(result.current.error).toBe("The server cannot be reached."));
    expect(result.current.stale).toBe(true);
    down = false;
    await waitFor(() => expect(result.current).toMatchObject({ stale: false, error: null }), { timeout: 2_000 });
  });
});

describe("a dry run", () => {
  it("is asked for once the text can be read, and never without one", async () => {
    const asked: unknown[] = [];
    vi.stubGlobal("fetch", (_url: unknown, request?: RequestInit) => {
      asked.push((JSON.parse(String(request?.body)) as { variables: { input: { source: unknown } } }).variables.input.source);
      return Promise.resolve(Response.json({ data: { previewTemplate: { preview: null } } }));
    });
    const { rerender } = renderHook(({ text }: { text: string | null }) => useDryRun(text, "", {}), { initialProps: { text: null as string | null } });
    rerender({ text: "name: patch" });
    await waitFor(() => expect(asked).toEqual(["name: patch"]), { timeout: 2_000 });
  });
});
