import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../api/client";
import type { RecordedEvent } from "./events.query";
import { useEvents } from "./useEvents";

interface Told {
  variables: () => { after: number };
  next: (data: { events: { position: number; events: RecordedEvent[] } }) => void;
}

const live = vi.hoisted(() => ({ told: null as unknown, stopped: 0 }));

vi.mock("../api/live", () => ({
  subscribe(_document: unknown, variables: unknown, { next }: { next: unknown }) {
    live.told = { variables, next };
    return () => {
      live.stopped += 1;
    };
  },
}));

const event = (position: number): RecordedEvent => ({
  position,
  stream: "job/01M8",
  at: "2026-11-23T08:00:00.000Z",
  actor: "system",
  kind: "BatchOpened",
  text: `event ${position}`,
  sentence: null,
  host: null,
});

/** A log that ends at a position; pages go backwards from there. */
function serve(end: number) {
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { after }: { after: string | null }) => {
    const before = after === null ? end + 1 : Number(after);
    const nodes = Array.from({ length: Math.min(100, before - 1) }, (_, at) => event(before - 1 - at));
    const last = nodes.at(-1)?.position ?? 1;
    const events = { nodes, continueAfter: String(last), pageInfo: { hasNextPage: last > 1 } };
    return { toPromise: () => Promise.resolve({ data: { events } }) };
  }) as unknown as typeof reader.query);
}

const open = () => renderHook(() => useEvents({ stream: "job/01M8", kinds: ["BatchOpened"] }));
const told = () => live.told as Told;

beforeEach(() => {
  live.told = null;
  live.stopped = 0;
});

it("shows the newest first, older ones when asked for, and new ones as they come", async () => {
  serve(250);
  const { result } = open();
  await waitFor(() => expect(live.told).not.toBeNull());
  expect(result.current.events[0]?.position).toBe(250);
  act(() => result.current.older());
  await waitFor(() => expect(result.current.events).toHaveLength(200));
  expect(result.current.events.at(-1)?.position).toBe(51);

  act(() => told().next({ events: { position: 260, events: [event(255), event(258)] } }));
  expect(result.current.events.slice(0, 3).map(({ position }) => position)).toEqual([258, 255, 250]);
});

it("goes on from where the log was looked at last, also when nothing fitted there", async () => {
  serve(250);
  open();
  await waitFor(() => expect(live.told).not.toBeNull());
  expect(told().variables().after).toBe(250);
  act(() => told().next({ events: { position: 900, events: [] } }));
  expect(told().variables().after).toBe(900);
});

it("does not grow for ever", async () => {
  serve(250);
  const { result } = open();
  await waitFor(() => expect(live.told).not.toBeNull());
  const many = Array.from({ length: 3_500 }, (_, at) => event(300 + at));
  act(() => told().next({ events: { position: 4_000, events: many } }));
  expect(result.current.events).toHaveLength(3_000);
  expect(result.current.events[0]?.position).toBe(3_799);
  expect(result.current.more).toBe(false);
});

it("stops to listen when it is closed", async () => {
  serve(5);
  const { unmount } = open();
  await waitFor(() => expect(live.told).not.toBeNull());
  unmount();
  expect(live.stopped).toBe(1);
});
