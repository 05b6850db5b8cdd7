/* What the server says is wrong with what it was asked for, by the field it is about. */

/** The shape of the API's `UserError`, less its code. */
export interface Refusal {
  message: string;
  hint: string;
  path: readonly string[];
}

/** What a mutation answers, by the alias `answer`. */
interface Result<Payload> {
  data?: { answer: Payload } | undefined;
  error?: { message: string } | undefined;
}

/** Why nothing was done: in the words of the server, or of the connection. Empty where it was done. */
export function refusalsOf<Error extends Omit<Refusal, "path">>({ data, error }: Result<{ userErrors: readonly Error[] }>): readonly (Error | Refusal)[] {
  if (error !== undefined) return [{ message: error.message, hint: "", path: [] }];
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
