import { act, renderHook, waitFor } from "@testing-library/react";
import { CombinedError, gql } from "@urql/core";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "./client";
import { generation } from "./live";
import { useAnswer } from "./useAnswer";

const DOCUMENT = gql<{ said: string }, { word: string }>`query Said($word: String!) { said(word: $word) }`;
const LOST = new CombinedError({ networkError: new TypeError("Failed to fetch") });
const refused = (code: string) => new CombinedError({ graphQLErrors: [{ message: "no such word", extensions: { code } }] });

let failing: CombinedError | null;
let asked: string[];

beforeEach(() => {
  failing = null;
  asked = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { word }: { word: string }) => {
    asked.push(word);
    const answer = failing === null ? { data: { said: word.toUpperCase() } } : { data: undefined, error: failing };
    return { toPromise: () => Promise.resolve(answer) };
  }) as unknown as typeof reader.query);
});

const open = (every?: number) =>
  renderHook(({ word }: { word: string | null }) => useAnswer(DOCUMENT, word === null ? null : { word }, every === undefined ? {} : { every }), {
    initialProps: { word: "one" as string | null },
  });

it("an answer to another question is stale, also where the new one cannot be answered", async () => {
  const { result, rerender } = open();
  await waitFor(() => expect(result.current).toMatchObject({ data: { said: "ONE" }, answered: { word: "one" }, stale: false }));
  failing = LOST;
  rerender({ word: "two" });
  expect(result.current).toMatchObject({ data: { said: "ONE" }, stale: true, error: null });
  await waitFor(() => expect(result.current.error).not.toBeNull());
  expect(result.current).toMatchObject({ data: { said: "ONE" }, answered: { word: "one" }, stale: true });
  rerender({ word: "one" });
  expect(result.current).toMatchObject({ stale: false, error: null });
});

it("what was lost on the way is asked for again, and the error goes with the answer", async () => {
  failing = LOST;
  const { result } = open();
  await waitFor(() => expect(result.current.error).toBe("The server cannot be reached."));
  failing = null;
  await waitFor(() => expect(result.current).toMatchObject({ data: { said: "ONE" }, error: null, stale: false }));
});

it("what was refused for good is not asked again", async () => {
  failing = refused("NOT_FOUND");
  const { result } = open();
  await waitFor(() => expect(result.current.error).toBe("no such word"));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asked).toHaveLength(1);
});

it("one failed look among many does not take away what is known", async () => {
  const { result } = open(100);
  await waitFor(() => expect(result.current.reads).toBeGreaterThan(1));
  failing = refused("FAULT");
  await waitFor(() => expect(result.current.error).toBe("no such word"));
  expect(result.current).toMatchObject({ data: { said: "ONE" }, stale: false });
  failing = null;
  await waitFor(() => expect(result.current.error).toBeNull());
});

it("a connection that came back asks again, the first one does not", async () => {
  const { result } = open();
  await waitFor(() => expect(result.current.reads).toBe(1));
  act(() => generation.set(1));
  act(() => generation.set(2));
  await waitFor(() => expect(result.current.reads).toBe(2));
});

it("nothing is asked where there is no question", async () => {
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.stale).toBe(false));
  rerender({ word: null });
  expect(result.current).toMatchObject({ data: { said: "ONE" }, stale: true });
  expect(asked).toEqual(["one"]);
});
