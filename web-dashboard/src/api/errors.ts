/* Why something was not answered or not done, in words, and by the field it is about. */
import type { CombinedError } from "@urql/core";
import i18next from "i18next";

/** Codes of errors that asking the same again would only bring again. */
const FINAL: readonly unknown[] = ["BAD_ARGUMENT", "LIMIT_REACHED", "NOT_FOUND", "UNAUTHENTICATED"];

/** An error of the API at the top of an answer. */
export interface Fault {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

/** Why there is no answer: in the server's words, or in the reader's language where it could not be asked. */
export function wordsOf({ graphQLErrors, response }: Pick<CombinedError, "graphQLErrors" | "response">): string {
  if (graphQLErrors.length > 0) return graphQLErrors.map(({ message }) => message).join(" ");
  const status = (response as Response | undefined)?.status;
  return status === undefined || status < 400 ? i18next.t("state.unreachable") : i18next.t("state.answeredWith", { status });
}

/** Whether asking the same again may bring an answer. */
export function mayPass({ graphQLErrors }: { graphQLErrors: readonly Fault[] }): boolean {
  return !graphQLErrors.some(({ extensions }) => FINAL.includes(extensions?.["code"]));
}

/** The shape of the API's `UserError`, less its code. */
export interface Refusal {
  message: string;
  hint: string;
  path: readonly string[];
}

/** What a mutation answers, by the alias `answer`. */
interface Result<Payload> {
  data?: { answer: Payload } | undefined;
  error?: Pick<CombinedError, "graphQLErrors" | "response"> | undefined;
}

/** Why nothing was done: in the words of the server, or of the connection. Empty where it was done. */
export function refusalsOf<Error extends Omit<Refusal, "path">>({ data, error }: Result<{ userErrors: readonly Error[] }>): readonly (Error | Refusal)[] {
  if (error !== undefined) return [{ message: wordsOf(error), hint: "", path: [] }];
  return data?.answer.userErrors ?? [];
}

/** The errors about a field, such as `targets` or `policy.batches.0.size`. */
export type ErrorsAt = (path: string) => readonly Omit<Refusal, "path">[];

const pathOf = ({ path }: Refusal) => path.slice(1).join(".");

export function errorsAt(errors: readonly Refusal[]): ErrorsAt {
  return (path) => errors.filter((error) => pathOf(error) === path);
}

/** The errors about none of the fields that are there. They stand at the end, so that none is lost. */
export function others<Error extends Refusal>(errors: readonly Error[], shown: readonly string[]): readonly Error[] {
  return errors.filter((error) => !shown.includes(pathOf(error)));
}
