import { type TypedDocumentNode, stringifyDocument } from "@urql/core";
import { type GraphQLFormattedError } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { pause, waitBefore } from "./backoff";
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
      const isAtRest = closeCode(event) === 1000 || isRefusal(event);
      connection.set(isAtRest ? "idle" : "reconnecting");
    },
  },
});

/** What a subscription tells. */
export interface Listener<Data> {
  next(data: Data): void;
  /** The server refused it; it is not tried again. */
  refused(errors: readonly GraphQLFormattedError[]): void;
  complete?(): void;
}

/**
 * Subscribes until the returned function is called, over as many connections as that takes. The variables are asked
 * for at every connection, so that a resumed subscription goes on from where this one came to.
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
  return socket.subscribe<Data>(payload, {
    next({ data, errors }) {
      if (errors !== undefined) listener.refused(errors);
      if (data !== null && data !== undefined) listener.next(data);
    },
    error(error) {
      if (Array.isArray(error)) listener.refused(error as GraphQLFormattedError[]);
    },
    complete: () => listener.complete?.(),
  });
}
