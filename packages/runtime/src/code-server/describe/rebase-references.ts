import type { JsonSchema } from "millrace/internal/config/config-schema";

/**
 * A schema that has become a part of another one, with its references leading to its own parts again.
 *
 * @param place names from the top of the other schema down to this one.
 */
export function rebaseReferences(schema: JsonSchema, place: readonly string[]): JsonSchema {
  const pointer = place
    .map((name) => `/${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
    .join("");
  return rebase(schema, pointer) as JsonSchema;
}

/** Keywords whose values are data, in which a field may happen to be called `$ref`. */
const DATA_KEYWORDS = new Set(["default", "const", "enum", "examples"]);

function rebase(node: unknown, pointer: string): unknown {
  if (Array.isArray(node)) return node.map((item) => rebase(item, pointer));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      if (name === "$ref" && typeof value === "string" && value.startsWith("#"))
        return [name, `#${pointer}${value.slice(1)}`];
      return [name, DATA_KEYWORDS.has(name) ? value : rebase(value, pointer)];
    }),
  );
}
