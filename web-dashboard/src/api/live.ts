import { type TypedDocumentNode, stringifyDocument } from "@urql/core";
import { type GraphQLFormattedError } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { pause, waitBefore } from "./backoff";
import { mayPass } from "./errors";
import { session } from "./session";
import { signal, useSignal } from "./signal";

/** Whether what is on the screen is kept up to date. */
export type Connection = "idle" | "live" | "reconnecting";

export const connection = signal<Connection>("idle");

/** Counts connections. Lists that were read over HTTP are read again when it grows: the server may have been away. */
export const generation = signal(0);

/** How often the connection came back. Coming for the first time is no news to a page that has just been read. */
export function useReconnections(): number {
  return Math.max(0, useSignal(generation) - 1);
}

const PING_EVERY = 10_000;
const PONG_WITHIN = 5_000;

function closeCode(event: unknown): number | undefined {
  const code = (event as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : undefined;
}

function isRefusal(event: unknown): boolean {
  const code = closeCode(event);
  return code === 4401 || code === 4403;
}

/** How many subscriptions want the connection. */
let held = 0;

function hold(): () => void {
  held += 1;
  return () => {
    held -= 1;
    // Whoever needs no connection is not waiting for one either.
    if (held === 0 && connection.get() === "reconnecting") connection.set("idle");
  };
}

let pongTimer: ReturnType<typeof setTimeout> | undefined;

const socket: Client = createClient({
  url: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/ws`,
  lazyCloseTimeout: 3_000,
  keepAlive: PING_EVERY,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: (event) => !isRefusal(event),
  retryWait: (retries) => pause(waitBefore(retries, Math.random())),
  on: {
    connected() {
      session.set("in");
      connection.set("live");
      generation.set(generation.get() + 1);
    },
    ping(received) {
      // A half-open connection answers no ping; without this the page would look alive for minutes.
      if (!received) pongTimer = setTimeout(() => socket.terminate(), PONG_WITHIN);
    },
    pong(received) {
      if (received) clearTimeout(pongTimer);
    },
    closed(event) {
      clearTimeout(pongTimer);
      if (isRefusal(event)) session.set("out");
      connection.set(held === 0 || isRefusal(event) ? "idle" : "reconnecting");
    },
  },
});

/** What a subscription tells. */
export interface Listener<Data> {
  next(data: Data): void;
  /** The server refused it, at the beginning or later. */
  refused(errors: readonly GraphQLFormattedError[]): void;
  complete?(): void;
}

/**
 * Subscribes until the returned function is called, or the server ends it, over as many connections as that takes. The
 * variables are asked for at every connection, so that a resumed subscription goes on from where this one came to.
 */
export function subscribe<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: () => Variables,
  listener: Listener<Data>,
): () => void {
  const payload = {
    query: stringifyDocument(document),
    get variables() {
      return variables();
    },
  };
  const release = hold();
  let [stop, stopped, failures] = [() => undefined as void, false, 0];
  function start() {
    stop = socket.subscribe<Data>(payload, {
      next({ data, errors }) {
        failures = 0;
        if (errors !== undefined) listener.refused(errors);
        if (data !== null && data !== undefined) listener.next(data);
      },
      error(error) {
        if (Array.isArray(error)) listener.refused(error as GraphQLFormattedError[]);
        else if (!isRefusal(error)) void startAgain();
      },
      complete() {
        if (!stopped) listener.complete?.();
      },
    });
  }
  /** After a close that the library takes for the end of everything. */
  async function startAgain() {
    await pause(waitBefore(failures, Math.random()));
    failures += 1;
    if (!stopped) start();
  }
  start();
  return () => {
    if (stopped) return;
    stopped = true;
    stop();
    release();
  };
}

/** What a subscription tells that is not meant to end. */
export interface Follower<Data> extends Omit<Listener<Data>, "complete"> {
  /** How long to wait after the server has ended it, or `null` where there is nothing more to come; otherwise a moment. */
  ended?(): number | null | undefined;
  /** It is asked for, once more after a refusal. */
  begun?(): void;
}

/** A subscription that lasted as long has worked. */
const STEADY = 10_000;

/** Subscribes, and again after a while where the server refuses to go on or ends it. */
export function follow<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: () => Variables,
  { next, refused, ended, begun }: Follower<Data>,
): () => void {
  let [stop, stopped, failures, since] = [() => undefined as void, false, 0, 0];
  function start() {
    since = Date.now();
    begun?.();
    stop = subscribe(document, variables, {
      next,
      refused(errors) {
        refused(errors);
        if (mayPass({ graphQLErrors: errors })) void startAgain();
      },
      complete: () => void startAgain(ended?.()),
    });
  }
  async function startAgain(wait?: number | null) {
    stop();
    if (wait === null) return;
    failures = Date.now() - since < STEADY ? failures + 1 : 0;
    await pause(wait ?? waitBefore(failures, Math.random()));
    if (!stopped) start();
  }
  start();
  return () => {
    stopped = true;
    stop();
  };
}
