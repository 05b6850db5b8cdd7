import { gql } from "@urql/core";
import { expect, it, vi } from "vitest";
import { makeClient } from "./client";

const DOCUMENT = gql<{ said: string }, object>`query Said { said }`;

/** A server that cannot be reached so often. */
function unreachable(times: number) {
  let asked = 0;
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return asked > times ? Promise.resolve(Response.json({ data: { said: "hello" } })) : Promise.reject(new TypeError("Failed to fetch"));
  });
  return () => asked;
}

it("asks again for what was lost on the way, until it is there", async () => {
  const asked = unreachable(2);
  const heard: (string | undefined)[] = [];
  const { unsubscribe } = makeClient(0).query(DOCUMENT, {}).subscribe(({ data }) => heard.push(data?.said));
  await vi.waitFor(() => expect(heard.at(-1)).toBe("hello"), 3_000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(asked()).toBe(3);
  unsubscribe();
});

it("asks no more when nobody wants it any more", async () => {
  const asked = unreachable(100);
  const { unsubscribe } = makeClient(0).query(DOCUMENT, {}).subscribe(() => undefined);
  await vi.waitFor(() => expect(asked()).toBe(1));
  unsubscribe();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(asked()).toBe(1);
});
