import { isObject } from "@millrace/model/config/json-schema";

type JsonDocument = Readonly<Record<string, unknown>>;

/** Keywords that hold one schema for each name. */
const NAMED: readonly string[] = ["properties", "$defs"];
/** Keywords that hold a schema, or several. */
const NESTED: readonly string[] = ["items", "prefixItems", "anyOf", "oneOf", "additionalProperties"];

/**
 * The JSON Schema of a library that drops fields which an object does not name, with `additionalProperties: false` where it does, so that
 * whoever checks a config without the library refuses them. Parts of `allOf` stay as they are: each of them has fields that the other
 * ones don't name.
 */
export function closeSchema(document: JsonDocument): JsonDocument {
  const open = new Set<string>();
  listReferences(document, false, open);
  const close = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(close);
    if (!isObject(node)) return node;
    const entries = Object.entries(node).map(([keyword, value]): [string, unknown] => {
      if (NESTED.includes(keyword)) return [keyword, close(value)];
      if (!NAMED.includes(keyword) || !isObject(value)) return [keyword, value];
      const inner = Object.entries(value).map(([name, schema]): [string, unknown] => [
        name,
        open.has(`#/${keyword}/${name}`) ? schema : close(schema),
      ]);
      return [keyword, Object.fromEntries(inner)];
    });
    const isClosed = node["type"] === "object" && "properties" in node && !("additionalProperties" in node);
    return Object.fromEntries(isClosed ? [...entries, ["additionalProperties", false]] : entries);
  };
  return close(document) as JsonDocument;
}

/** What parts of `allOf` refer to. */
function listReferences(node: unknown, isPart: boolean, found: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  for (const [keyword, value] of Object.entries(node)) {
    if (isPart && keyword === "$ref" && typeof value === "string") found.add(value);
    else listReferences(value, isPart || keyword === "allOf", found);
  }
}
