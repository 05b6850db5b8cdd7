import { parse } from "graphql";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

/** The server's end of the sockets the page opens. */
class FakeSocket {
  static readonly OPEN = 1;
  static readonly CONNECTING = 0;
  static opened: FakeSocket[] = [];
  static isDown = false;
  readyState = 1;
  readonly heard: Message[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor() {
    FakeSocket.opened.push(this);
    queueMicrotask(() => (FakeSocket.isDown ? this.end(1006) : this.onopen?.()));
  }

  send(text: string) {
    const message = JSON.parse(text) as Message;
    this.heard.push(message);
    if (message.type === "connection_init") this.say({ type: "connection_ack" });
  }

  say(message: Message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code: number) {
    this.readyState = 3;
    this.onclose?.({ code, reason: "", wasClean: code === 1000 });
  }

  close(code = 1000) {
    this.end(code);
  }

  get subscription() {
    return this.heard.find(({ type }) => type === "subscribe");
  }
}

const DOCUMENT = parse("subscription Count($after: Int) { count(after: $after) }");

/** Listens on, whatever ends it. */
async function startToFollow(ended?: () => number | null | undefined) {
  const live = await import("./live");
  const heard: number[] = [];
  const refused = vi.fn();
  const stop = live.follow<{ count: number }, { after: number }>(DOCUMENT, () => ({ after: heard.at(-1) ?? 0 }), {
    next: ({ count }) => void heard.push(count),
    refused,
    ...(ended !== undefined && { ended }),
  });
  await subscribed(1);
  return { ...live, heard, refused, stop };
}

const subscriptions = () => FakeSocket.opened.flatMap(({ heard }) => heard).filter(({ type }) => type === "subscribe");
const subscribed = (times: number) => vi.waitFor(() => expect(subscriptions()).toHaveLength(times), 5_000);
const last = (message: Omit<Message, "id">) => FakeSocket.opened.at(-1)?.say({ ...message, id: subscriptions().at(-1)?.id ?? "" });

async function start() {
  const live = await import("./live");
  const { session } = await import("./session");
  let position = 0;
  const heard: number[] = [];
  const refused = vi.fn();
  const stop = live.subscribe<{ count: number }, { after: number }>(DOCUMENT, () => ({ after: position }), {
    next({ count }) {
      position = count;
      heard.push(count);
    },
    refused,
  });
  await vi.waitFor(() => expect(FakeSocket.opened.at(-1)?.subscription).toBeDefined());
  return { ...live, session, heard, refused, stop };
}

const tell = (count: number) => {
  const socket = FakeSocket.opened.at(-1);
  const id = socket?.subscription?.id;
  if (id !== undefined) socket?.say({ type: "next", id, payload: { data: { count } } });
};

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.opened = [];
  FakeSocket.isDown = false;
});
afterEach(() => vi.useRealTimers());

it("goes on from the last position over a lost connection, and says meanwhile that it is lost", async () => {
  const { connection, generation, heard, stop } = await start();
  tell(41);
  tell(42);
  expect(connection.get()).toBe("live");
  expect(FakeSocket.opened[0]?.subscription?.payload).toMatchObject({ variables: { after: 0 } });

  FakeSocket.isDown = true;
  FakeSocket.opened[0]?.end(1006);
  await vi.waitFor(() => expect(FakeSocket.opened.length).toBeGreaterThan(2), 3_000);
  expect(connection.get()).toBe("reconnecting");

  FakeSocket.isDown = false;
  await vi.waitFor(() => expect(FakeSocket.opened.at(-1)?.subscription).toBeDefined(), 5_000);
  expect(FakeSocket.opened.at(-1)?.subscription?.payload).toMatchObject({ variables: { after: 42 } });
  tell(43);
  expect(heard).toEqual([41, 42, 43]);
  expect(connection.get()).toBe("live");
  expect(generation.get()).toBe(2);
  stop();
});

it.each([4401, 4403])("does not try again when the session is over (%i), and says so", async (code) => {
  const { session, stop } = await start();
  expect(session.get()).toBe("in");
  FakeSocket.opened[0]?.end(code);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(FakeSocket.opened).toHaveLength(1);
  expect(session.get()).toBe("out");
  stop();
});

it("tells why a subscription was refused, and does not take that for a lost connection", async () => {
  const { connection, refused, stop } = await start();
  const id = FakeSocket.opened[0]?.subscription?.id ?? "";
  FakeSocket.opened[0]?.say({ type: "error", id, payload: [{ message: "there is no job" }] });
  await vi.waitFor(() => expect(refused).toHaveBeenCalledWith([{ message: "there is no job" }]));
  expect(connection.get()).toBe("live");
  stop();
});

it("what is refused in the middle is told, and listened to again from where it came to", async () => {
  const { heard, refused, stop } = await startToFollow();
  last({ type: "next", payload: { data: { count: 7 } } });
  last({ type: "error", payload: [{ message: "the disk is slow", extensions: { code: "FAULT" } }] });
  await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
  await subscribed(2);
  expect(subscriptions().at(-1)?.payload).toMatchObject({ variables: { after: 7 } });
  last({ type: "next", payload: { data: { count: 8 } } });
  expect(heard).toEqual([7, 8]);
  stop();
});

it("what is refused for good is not asked for again", async () => {
  const { refused, stop } = await startToFollow();
  last({ type: "error", payload: [{ message: "there is no job", extensions: { code: "NOT_FOUND" } }] });
  await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(subscriptions()).toHaveLength(1);
  stop();
});

it("a stream that the server ends is begun again, unless it is over", async () => {
  const ended = vi.fn<() => number | null | undefined>().mockReturnValueOnce(undefined).mockReturnValueOnce(10).mockReturnValue(null);
  const { stop } = await startToFollow(ended);
  last({ type: "complete" });
  await subscribed(2);
  last({ type: "complete" });
  await subscribed(3);
  last({ type: "complete" });
  await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(3));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(subscriptions()).toHaveLength(3);
  stop();
});

it("a close that no library tries again after is tried again all the same", async () => {
  const { connection, heard, stop } = await start();
  FakeSocket.opened[0]?.end(4500);
  expect(connection.get()).toBe("reconnecting");
  await subscribed(2);
  tell(1);
  expect(heard).toEqual([1]);
  expect(connection.get()).toBe("live");
  stop();
});

it("whoever wants no connection any more is not told that one is missing", async () => {
  const { connection, stop } = await start();
  FakeSocket.isDown = true;
  FakeSocket.opened[0]?.end(1006);
  expect(connection.get()).toBe("reconnecting");
  stop();
  expect(connection.get()).toBe("idle");
});

it("a server that says good-bye to somebody who listens is missed", async () => {
  const { connection, stop } = await start();
  FakeSocket.opened[0]?.end(1000);
  expect(connection.get()).toBe("reconnecting");
  stop();
});
