import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Where in a value an issue of its schema is: `orders[0].total`; empty for the whole. */
export function formatIssuePath(issue: StandardSchemaV1.Issue): string {
  return formatPath(issuePath(issue));
}

/** The keys that lead to where an issue is. */
export function issuePath({ path = [] }: StandardSchemaV1.Issue): readonly PropertyKey[] {
  return path.map((segment) => (typeof segment === "object" ? segment.key : segment));
}

/** Keys that lead into a value, as they are written: `orders[0].total`. */
export function formatPath(keys: readonly PropertyKey[]): string {
  let path = "";
  for (const key of keys)
    path += typeof key === "number" ? `[${key}]` : path === "" ? String(key) : `.${String(key)}`;
  return path;
}
