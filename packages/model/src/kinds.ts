import { ExpectedError } from "./expected-error.ts";

/** Kinds say what an asset is made of or with, as `python` or `snowflake`; the catalog shows and filters them. */
export const MAX_KINDS = 10;

/** An asset has too many kinds, or an empty one. */
export class InvalidKinds extends ExpectedError {
  readonly code = "invalid_kinds";
}

/** Checks an asset's kinds and gives them back, each once. Throws `InvalidKinds`. */
export function parseKinds(kinds: readonly string[]): readonly string[] {
  const unique = [...new Set(kinds)];
  if (unique.length > MAX_KINDS)
    throw new InvalidKinds(`An asset may have at most ${MAX_KINDS} kinds, not ${unique.length}`);
  if (unique.includes("")) throw new InvalidKinds("A kind must not be empty");
  return unique;
}
