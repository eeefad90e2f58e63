import { ExpectedError } from "./expected-error.ts";
import { spacedJson } from "./spaced-json.ts";

/** A tag of a definition or a run is not allowed. */
export class InvalidTag extends ExpectedError {
  readonly code = "invalid_tag";
}

/** Tags of kinds live in the definition tags' namespace, as `dagster/kind/python`. */
const KIND_PREFIX = "dagster/kind/";

/** Run tags that users may set although their namespace is reserved. */
const SYSTEM_TAGS_FOR_USERS: ReadonlySet<string> = new Set([
  "dagster/priority",
  "dagster/max_retries",
  "dagster/retry_strategy",
  "dagster/retry_on_asset_or_op_failure",
  "dagster/max_runtime",
  "dagster/concurrency_key",
  "dagster/partition",
  "dagster/partition_set",
  "dagster/image",
  "dagster/code_location",
]);

/** A section of a key, or a value: it may end in a line break, which is why the end is not `$`. */
const SECTION = /^[\w.-]{1,63}\n?$/;
const VALUE = /^[\w.-]{0,63}\n?$/;

/**
 * Checks a tag of a definition (asset, op, job…). Keys and values have up to 63 letters, digits, `_`, `.` and `-`; a key may
 * have one namespace before a `/`.
 *
 * @throws InvalidTag
 */
export function parseDefinitionTag(key: string, value: unknown): string {
  const sections = key.startsWith(KIND_PREFIX) ? [key.slice(KIND_PREFIX.length)] : key.split("/");
  if (sections.length > 2 || !sections.every((section) => SECTION.test(section)))
    throw new InvalidTag(
      `"${key}" is not a valid tag key: use up to 63 letters, digits, "_", "." and "-", with at most one "namespace/" before it`,
    );
  if (typeof value !== "string" || !VALUE.test(value))
    throw new InvalidTag(
      `The value of tag "${key}" must be text of up to 63 letters, digits, "_", "." and "-", or empty`,
    );
  return value;
}

/**
 * Checks a tag that a user or a tick sets on a run and gives back what is stored: text as it is, any other JSON value as
 * JSON text. Keys are free, but the namespace `dagster/` belongs to the system.
 *
 * @throws InvalidTag
 */
export function parseRunTag(key: string, value: unknown): string {
  if (key.startsWith("dagster/") && !SYSTEM_TAGS_FOR_USERS.has(key))
    throw new InvalidTag(`Tag "${key}" can not be set: tags that begin with "dagster/" belong to the system`);
  return typeof value === "string" ? value : spacedJson(value);
}
