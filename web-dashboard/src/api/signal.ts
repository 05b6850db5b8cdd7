import { useSyncExternalStore } from "react";

/** A value that changes outside React: the socket's state, whether somebody is signed in. */
export interface Signal<T> {
  get(): T;
  set(next: T): void;
  listen(listener: () => void): () => void;
}

export function signal<T>(first: T): Signal<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useSignal<T>(signal: Signal<T>): T {
  return useSyncExternalStore(signal.listen, signal.get);
}
