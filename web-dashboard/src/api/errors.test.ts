import { CombinedError } from "@urql/core";
import i18next from "i18next";
import { beforeAll, expect, it } from "vitest";
import en from "../i18n/en";
import { mayPass, wordsOf } from "./errors";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false } }));

it("says in the server's own words what it refused, and in the reader's what never came there", () => {
  const refused = new CombinedError({ graphQLErrors: [{ message: "there is no job 01M8" }] });
  expect(refused.message).toContain("[GraphQL]");
  expect(wordsOf(refused)).toBe("there is no job 01M8");
  expect(wordsOf(new CombinedError({ networkError: new TypeError("Failed to fetch") }))).toBe("The server cannot be reached.");
  const gateway = { status: 502 } as Response;
  expect(wordsOf(new CombinedError({ networkError: new Error("Bad Gateway"), response: gateway }))).toBe("The server answered with an error (502).");
});

it("takes for passing what another try may mend", () => {
  const refused = (code: string) => new CombinedError({ graphQLErrors: [{ message: "no", extensions: { code } }] });
  expect([mayPass(refused("FAULT")), mayPass(new CombinedError({ networkError: new Error("lost") }))]).toEqual([true, true]);
  expect(["NOT_FOUND", "BAD_ARGUMENT"].map((code) => mayPass(refused(code)))).toEqual([false, false]);
});
