import { act, renderHook, waitFor } from "@testing-library/react";
import { CombinedError, gql } from "@urql/core";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "./client";
import { generation } from "./live";
import { type Connection, usePages } from "./usePages";

interface Host {
  id: string;
}

interface Variables {
  search: string;
}

interface Answer {
  hosts: Connection<Host>;
}

const DOCUMENT = gql<Answer, Variables & { first: number; after: string | null }>`query Hosts { hosts }`;
const hostsOf = ({ hosts }: Answer) => hosts;
const LOST = new CombinedError({ networkError: new TypeError("Failed to fetch") });

/** What the server has, sorted by a key that is the id or ends with it; a page begins after the key of its cursor. */
let names: string[];
let failing: CombinedError | null;
let asked: { after: string | null; search: string }[];
let held: (() => void)[] | null;

const name = (at: number) => `web-${String(at).padStart(4, "0")}`;
const many = (count: number) => Array.from({ length: count }, (_, at) => name(at));

beforeEach(() => {
  failing = null;
  asked = [];
  held = null;
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { after, search }: { after: string | null; search: string }) => {
    asked.push({ after, search });
    const rest = names.filter((name) => name.includes(search) && (after === null || name > after));
    const page = rest.slice(0, 100);
    const nodes = page.map((key) => ({ id: key.split("/").at(-1) ?? key }));
    const hosts = { nodes, totalCount: names.length, pageInfo: { hasNextPage: rest.length > 100, endCursor: page.at(-1) ?? null } };
    const answer = failing === null ? { data: { hosts } } : { data: undefined, error: failing };
    const waiting = held;
    return { toPromise: () => (waiting === null ? Promise.resolve(answer) : new Promise((resolve) => waiting.push(() => resolve(answer)))) };
  }) as unknown as typeof reader.query);
});

let sight: [number, number];

function open({ gently = false } = {}) {
  sight = [0, 30];
  return renderHook(({ position, search }) => usePages({ document: DOCUMENT, variables: { search }, of: hostsOf, gently }, position, () => sight), {
    initialProps: { position: 1, search: "" },
  });
}

const shown = (result: { current: { rows: readonly Host[] } }) => result.current.rows.map(({ id }) => id);

type Opened = ReturnType<typeof open>;

/** Scrolls until so many rows are there. */
async function scroll({ result }: Opened, count: number) {
  while (result.current.rows.length < count) {
    const before = result.current.rows.length;
    act(() => result.current.next());
    await waitFor(() => expect(result.current.rows.length).toBeGreaterThan(before));
  }
}

async function scrolled(count: number) {
  const opened = open();
  await waitFor(() => expect(opened.result.current.rows.length).toBeGreaterThan(0));
  await scroll(opened, count);
  return opened;
}

it("reads page after page, as far as is scrolled, and nothing after the last", async () => {
  names = many(250);
  const { result } = await scrolled(200);
  expect([result.current.total, result.current.more]).toEqual([250, true]);
  act(() => result.current.next());
  await waitFor(() => expect(result.current.more).toBe(false));
  expect(shown(result)).toEqual(names);
  const before = asked.length;
  act(() => result.current.next());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toHaveLength(before);
});

it("no next page is asked for where there is none, so that more rows can come later", async () => {
  names = many(3);
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(3));
  act(() => result.current.next());
  await new Promise((resolve) => setTimeout(resolve, 20));
  names = many(150);
  rerender({ position: 2, search: "" });
  await waitFor(() => expect(result.current.rows).toHaveLength(100), { timeout: 3_000 });
  act(() => result.current.next());
  await waitFor(() => expect(shown(result)).toEqual(names));
});

it("a row that a new one pushes out of the first page is on the second", async () => {
  names = many(300);
  const opened = await scrolled(300);
  names = ["web-0000a", ...names].toSorted();
  opened.rerender({ position: 2, search: "" });
  await waitFor(() => expect(shown(opened.result)).toContain("web-0000a"), { timeout: 3_000 });
  await scroll(opened, names.length);
  expect(shown(opened.result)).toEqual(names);
});

it("two pages in sight fit together after rows came and went", async () => {
  names = many(300);
  const { result, rerender } = await scrolled(300);
  sight = [90, 120];
  names = ["web-0000a", ...names.filter((_, at) => at % 50 !== 7)].toSorted();
  rerender({ position: 2, search: "" });
  await waitFor(() => expect(shown(result)).toContain("web-0000a"), { timeout: 3_000 });
  expect(shown(result)).toEqual(names.slice(0, result.current.rows.length));
  expect(result.current.rows.length).toBeGreaterThanOrEqual(200);
});

it("a row that moves from page to page is there once, as it was read last", async () => {
  names = many(200);
  const { result, rerender } = await scrolled(200);
  sight = [110, 140];
  names = names.map((key) => (key === "web-0050" ? "web-0099a/web-0050" : key)).toSorted();
  rerender({ position: 2, search: "" });
  await waitFor(() => expect(shown(result).indexOf("web-0050")).toBe(99), { timeout: 3_000 });
  expect(shown(result).filter((id) => id === "web-0050")).toHaveLength(1);
});

it("begins anew when the filter changes, and a slow page of the one before is not taken for its own", async () => {
  names = many(150);
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  held = [];
  const slow = held;
  act(() => result.current.next());
  held = null;
  rerender({ position: 1, search: "web-000" });
  expect(result.current).toMatchObject({ loading: true, rows: [], total: null });
  await waitFor(() => expect(result.current.rows).toHaveLength(10));
  await act(async () => slow.forEach((answer) => answer()));
  expect(shown(result)).toEqual(many(10));
});

it("keeps the rows while others are looked for, where that is wanted", async () => {
  names = many(150);
  const { result, rerender } = open({ gently: true });
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  rerender({ position: 1, search: "web-000" });
  expect(result.current).toMatchObject({ loading: false, stale: true, more: false });
  expect(result.current.rows).toHaveLength(100);
  await waitFor(() => expect(result.current).toMatchObject({ stale: false }));
  expect(shown(result)).toEqual(many(10));
});

it("a list whose first page was lost on the way is read again", async () => {
  names = many(3);
  failing = LOST;
  const { result } = open();
  await waitFor(() => expect(result.current).toMatchObject({ error: "The server cannot be reached.", loading: false }));
  failing = null;
  await waitFor(() => expect(result.current).toMatchObject({ error: null }));
  expect(result.current.rows).toHaveLength(3);
});

it("a next page that fails is asked for ever less often, however often that is wanted, and the rows stay", async () => {
  names = many(250);
  const { result } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  const before = asked.length;
  failing = LOST;
  for (let again = 0; again < 50; again += 1) {
    act(() => result.current.next());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(result.current.error).not.toBeNull();
  expect(result.current.rows).toHaveLength(100);
  expect(asked.length - before).toBeLessThan(4);
  failing = null;
  await waitFor(() => expect(result.current).toMatchObject({ error: null }), { timeout: 2_000 });
  expect(result.current.rows).toHaveLength(200);
});

it("a connection that came back is heard at once", async () => {
  names = many(3);
  const { result } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(3));
  names = many(4);
  act(() => generation.set(generation.get() + 2));
  await waitFor(() => expect(result.current.rows).toHaveLength(4));
});

it("a refusal for good is told and not asked again, until something moves", async () => {
  names = many(3);
  failing = new CombinedError({ graphQLErrors: [{ message: "no such cursor", extensions: { code: "BAD_ARGUMENT" } }] });
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.error).toBe("no such cursor"));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(asked).toHaveLength(1);
  failing = null;
  rerender({ position: 2, search: "" });
  await waitFor(() => expect(result.current.rows).toHaveLength(3), { timeout: 3_000 });
});
