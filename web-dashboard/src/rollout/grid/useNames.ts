import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { NamesQuery } from "./grid.query";

const PAGE = 1_000;

/** Answers a host's name at once where it is known, and otherwise asks for the thousand around it. */
export type NameOf = (host: number) => string | undefined;

type Pages = ReadonlyMap<string, readonly string[]>;

/** Names by index in the plan. A plan never changes, so that a page is asked for once. */
export function useNames(job: string): NameOf {
  const client = useClient();
  const asked = useRef(new Set<string>());
  const [pages, setPages] = useState<Pages>(new Map());

  const ask = useCallback(
    async (from: number, key: string) => {
      if (asked.current.has(key)) return;
      asked.current.add(key);
      const { data } = await client.query(NamesQuery, { job, from, limit: PAGE }).toPromise();
      const names = data?.job?.plan.hostNames;
      if (names === undefined) asked.current.delete(key);
      else setPages((before) => new Map(before).set(key, names));
    },
    [client, job],
  );
  return useCallback(
    (host) => {
      const from = host - (host % PAGE);
      const key = `${job} ${from}`;
      const names = pages.get(key);
      if (names === undefined) void ask(from, key);
      return names?.[host - from];
    },
    [ask, job, pages],
  );
}

/** Opens a host by its index: at once, or as soon as its name is read. */
export function useOpen(nameOf: NameOf, setHost: (host: string) => void): (index: number) => void {
  const [wanted, setWanted] = useState<number | null>(null);
  const name = wanted === null ? undefined : nameOf(wanted);
  useEffect(() => {
    if (name === undefined) return;
    setWanted(null);
    setHost(name);
  }, [name, setHost]);
  return setWanted;
}
