import type { JsonSchema } from "@millrace/model/config/json-schema";
import { readField, type FieldShape } from "./config-field.ts";

/** A field that a run config may have, for looking up. */
export interface ListedField {
  /** Such as `ops.flights.config.year`. */
  readonly path: string;
  /** Such as `integer`, `"AA" | "UA"` or `text[]`. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string | null;
}

/** Objects within objects deeper than this are one field: a schema may refer to itself. */
const MAX_DEPTH = 8;

/** The fields of a schema, outer before inner; objects that only hold others are left out. */
export function listFields(root: JsonSchema): ListedField[] {
  return listInner(root, root, []);
}

function listInner(root: JsonSchema, schema: JsonSchema, path: readonly string[]): ListedField[] {
  const { shape } = readField(root, schema);
  if (shape.type !== "object") return [];
  return shape.properties.flatMap((property): ListedField[] => {
    const inner = readField(root, property.schema);
    const place = [...path, property.name];
    if (inner.shape.type === "object" && inner.shape.properties.length > 0 && place.length < MAX_DEPTH)
      return listInner(root, property.schema, place);
    const type = describeShape(root, inner.shape) + (inner.nullable ? " | null" : "");
    const required = property.required && inner.defaultValue === undefined;
    return [{ path: place.join("."), type, required, description: inner.description }];
  });
}

function describeShape(root: JsonSchema, shape: FieldShape, depth = 0): string {
  const describe = (schema: JsonSchema): string =>
    depth > MAX_DEPTH ? "…" : describeShape(root, readField(root, schema).shape, depth + 1);
  switch (shape.type) {
    case "text":
      return "text";
    case "number":
      return shape.integer ? "integer" : "number";
    case "boolean":
      return "true or false";
    case "choice":
      return shape.options.map((option) => JSON.stringify(option)).join(" | ");
    case "object":
      return `{ ${shape.properties.map(({ name }) => name).join(", ")} }`;
    case "list":
      return `list of ${describe(shape.item)}`;
    case "record":
      return `${describe(shape.value)} by name`;
    case "variants":
      return shape.variants.map(({ label }) => label).join(" | ");
    case "json":
      return "any JSON";
  }
}
