import { type JsonSchema, isObject } from "./json-schema.ts";

/** Deeper nesting than any real config; beyond it a schema refers to itself without end. */
export const MAX_DEPTH = 200;

export function behindReference(root: JsonSchema, schema: JsonSchema): JsonSchema {
  let form = schema;
  for (let depth = 0; typeof form === "object" && form.$ref !== undefined && depth < MAX_DEPTH; depth++)
    form = resolveReference(root, form.$ref);
  return form;
}

/** The default of a property, also where it stands behind a reference. */
export function findDefault(root: JsonSchema, schema: JsonSchema | undefined): unknown {
  let current = schema;
  for (let depth = 0; typeof current === "object" && depth < MAX_DEPTH; depth++) {
    if (current.default !== undefined) return current.default;
    if (current.$ref === undefined) return undefined;
    current = resolveReference(root, current.$ref);
  }
  return undefined;
}

/**
 * Follows a reference within a schema's document: `#` or `#/$defs/Name`.
 *
 * @throws Error when there is nothing, which only a schema that was cut apart can lead to.
 */
export function resolveReference(root: JsonSchema, reference: string): JsonSchema {
  let current: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    current = isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  }
  if (!reference.startsWith("#") || !isSchema(current))
    throw new Error(`The config schema refers to "${reference}", which it does not have`);
  return current;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || isObject(value);
}
