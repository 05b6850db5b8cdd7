/* What the server says is wrong, by the field it is about. */
import type { UserError } from "./newJob.query";

export type Said = Pick<UserError, "message" | "hint">;

/** The errors about a field, such as `targets` or `policy.batches.0.size`. */
export type ErrorsAt = (path: string) => readonly Said[];

const pathOf = ({ path }: UserError) => path.slice(1).join(".");

export function errorsAt(errors: readonly UserError[]): ErrorsAt {
  return (path) => errors.filter((error) => pathOf(error) === path);
}

/** The errors about none of the fields that are there. They stand at the end, so that none is lost. */
export function others(errors: readonly UserError[], shown: readonly string[]): readonly UserError[] {
  return errors.filter((error) => !shown.includes(pathOf(error)));
}
