import { act, renderHook, waitFor } from "@testing-library/react";
import { CombinedError } from "@urql/core";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../api/client";
import type { Follower } from "../api/live";
import type { RecordedEvent } from "./events.query";
import { useEvents } from "./useEvents";

type Heard = Follower<{ events: { position: number; events: RecordedEvent[] } }>;

interface Told extends Heard {
  variables: () => { after: number };
}

const live = vi.hoisted(() => ({ told: null as unknown, begun: 0, stopped: 0 }));

vi.mock("../api/live", () => ({
  useReconnections: () => 0,
  follow(_document: unknown, variables: unknown, listener: object) {
    live.told = { ...listener, variables };
    live.begun += 1;
    return () => {
      live.stopped += 1;
    };
  },
}));

const LOST = new CombinedError({ networkError: new TypeError("Failed to fetch") });

const event = (position: number): RecordedEvent => ({
  position,
  job: { ulid: "01M8", template: "patch" },
  at: "2026-11-23T08:00:00.000Z",
  actor: "system",
  kind: "BatchOpened",
  text: `event ${position}`,
  sentence: null,
  host: null,
});
const events = (from: number, count: number) => Array.from({ length: count }, (_, at) => event(from + at));

let lost: boolean;
let asked: (string | null)[];

/** A log that ends at a position; pages go backwards from there. Only every so many-th event fits. */
function serve(end: number, { every = 1, walk = 100, takes = 0 } = {}) {
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { after }: { after: string | null }) => {
    asked.push(after);
    if (lost) return { toPromise: () => Promise.resolve({ error: LOST }) };
    const before = after === null ? end + 1 : Number(after);
    const seen = Math.max(1, before - walk);
    const nodes = events(seen, before - seen).toReversed().filter(({ position }) => position % every === 0);
    const page = { nodes, continueAfter: String(seen), pageInfo: { hasNextPage: seen > 1 } };
    const answer = { data: { server: { position: end }, events: page } };
    return { toPromise: () => new Promise((resolve) => (takes === 0 ? resolve(answer) : setTimeout(resolve, takes, answer))) };
  }) as unknown as typeof reader.query);
}

const open = () => renderHook(({ job }) => useEvents({ job, kinds: ["BatchOpened"] }), { initialProps: { job: "01M8" } });
const told = () => live.told as Told;
const hear = (position: number, heard: RecordedEvent[]) => act(() => told().next({ events: { position, events: heard } }));
type Opened = ReturnType<typeof open>["result"];
const positions = ({ current }: Opened) => current.events.map(({ position }) => position);

beforeEach(() => {
  live.told = null;
  live.begun = 0;
  live.stopped = 0;
  lost = false;
  asked = [];
});

async function opened(end = 250) {
  serve(end);
  const all = open();
  await waitFor(() => expect(live.told).not.toBeNull());
  return all;
}

it("shows the newest first, older ones when asked for, and new ones as they come", async () => {
  const { result } = await opened();
  expect(result.current.events[0]?.position).toBe(250);
  act(() => result.current.older());
  await waitFor(() => expect(result.current.events).toHaveLength(200));
  expect(result.current.events.at(-1)?.position).toBe(51);
  hear(260, [event(255), event(258)]);
  expect(positions(result).slice(0, 3)).toEqual([258, 255, 250]);
});

it("goes on from where the log was looked at last, also when nothing fitted there", async () => {
  await opened();
  expect(told().variables().after).toBe(250);
  hear(900, []);
  expect(told().variables().after).toBe(900);
});

it("goes on from where the log ended when it was opened, though nothing has fitted yet", async () => {
  serve(250, { every: 1_000 });
  const { result } = open();
  await waitFor(() => expect(result.current.loading).toBe(false));
  expect(result.current.events).toHaveLength(0);
  expect(told().variables().after).toBe(250);
});

it("looks on by itself until something fits, and says so", async () => {
  serve(1_000, { every: 700, takes: 60 });
  const { result } = open();
  await waitFor(() => expect(result.current.looking).toBe(true));
  await waitFor(() => expect(positions(result)).toEqual([700]));
  expect(result.current).toMatchObject({ loading: false, looking: false, more: true });
});

it("a first page that was lost on the way is read again, and then it listens", async () => {
  lost = true;
  serve(250);
  const { result } = open();
  await waitFor(() => expect(result.current.error).toBe("The server cannot be reached."));
  expect(live.told).toBeNull();
  lost = false;
  await waitFor(() => expect(result.current).toMatchObject({ error: null }));
  expect(result.current.events).toHaveLength(100);
  expect(live.told).not.toBeNull();
});

it("older ones that were lost on the way are read ever less often, and what is there stays", async () => {
  const { result } = await opened();
  lost = true;
  const before = asked.length;
  for (let again = 0; again < 50; again += 1) {
    act(() => result.current.older());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(result.current.error).not.toBeNull();
  expect(result.current.events).toHaveLength(100);
  expect(asked.length - before).toBeLessThan(4);
  lost = false;
  await waitFor(() => expect(result.current).toMatchObject({ error: null }), { timeout: 2_000 });
  expect(result.current.events).toHaveLength(200);
});

it("older ones of the filter before are not taken for those of the new one", async () => {
  const { result, rerender } = await opened();
  act(() => result.current.older());
  rerender({ job: "01M9" });
  expect(result.current).toMatchObject({ loading: true, events: [] });
  await waitFor(() => expect(result.current.events).toHaveLength(100));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(result.current.events).toHaveLength(100);
});

it("what the server refuses in the middle stands beside the events until it tells again", async () => {
  const { result } = await opened();
  act(() => told().refused([{ message: "the disk is slow" }]));
  expect(result.current).toMatchObject({ error: "the disk is slow" });
  expect(result.current.events).toHaveLength(100);
  hear(251, [event(251)]);
  expect(result.current.error).toBeNull();
});

it("does not grow for ever, and what it let go is read again", async () => {
  const { result } = await opened();
  hear(4_000, events(300, 3_500));
  expect(result.current.events).toHaveLength(3_000);
  expect(result.current).toMatchObject({ more: true });
  expect(result.current.events.at(-1)?.position).toBe(800);
  serve(3_799);
  act(() => result.current.older());
  await waitFor(() => expect(result.current.events.at(-1)?.position).toBe(700));
  expect(new Set(positions(result)).size).toBe(result.current.events.length);
});

it("while somebody looks at older ones, newer ones wait until they are wanted", async () => {
  const { result } = await opened();
  act(() => result.current.onSight(40));
  hear(252, events(251, 2));
  expect(result.current).toMatchObject({ fresh: 2 });
  expect(result.current.events[0]?.position).toBe(250);
  act(() => result.current.showFresh());
  expect(positions(result).slice(0, 3)).toEqual([252, 251, 250]);
  act(() => result.current.onSight(40));
  hear(253, [event(253)]);
  expect(result.current.fresh).toBe(1);
  act(() => result.current.onSight(0));
  expect(result.current).toMatchObject({ fresh: 0 });
  expect(result.current.events[0]?.position).toBe(253);
});

it("where more wait than can be kept, the newest are read anew", async () => {
  const { result } = await opened();
  act(() => result.current.onSight(40));
  hear(3_500, events(251, 3_200));
  expect(result.current).toMatchObject({ fresh: 3_200 });
  expect(result.current.events).toHaveLength(100);
  serve(3_450);
  act(() => result.current.showFresh());
  await waitFor(() => expect(result.current.events[0]?.position).toBe(3_450));
  expect(result.current).toMatchObject({ fresh: 0 });
  expect([live.begun, live.stopped]).toEqual([2, 1]);
});

it("reads no more older ones than the memory bears", async () => {
  serve(20_000, { walk: 4_000 });
  const { result } = open();
  await waitFor(() => expect(result.current.events.length).toBeGreaterThan(0));
  for (let pages = 2; pages <= 3; pages += 1) {
    act(() => result.current.older());
    await waitFor(() => expect(result.current.events).toHaveLength(pages * 4_000));
  }
  expect(result.current).toMatchObject({ full: true, more: false });
  const before = asked.length;
  act(() => result.current.older());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toHaveLength(before);
});

it("stops to listen when it is closed", async () => {
  const { unmount } = await opened(5);
  unmount();
  expect(live.stopped).toBe(1);
});
