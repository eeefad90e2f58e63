import type { Metadata, MetadataValue } from "./metadata.ts";
import { isMetadataValue } from "./metadata-shape.ts";

/**
 * Metadata as somebody writes it in JSON by hand: plain values get the type that fits them, such as `4` or `"late"`, lists and other
 * objects are `json`, and a value that says its own type, such as `{"type": "md", "md": "**all well**"}`, is taken as it is.
 */
export function plainMetadata(record: Readonly<Record<string, unknown>>): Metadata {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      isMetadataValue(value) ? value : plainMetadataValue(value),
    ]),
  );
}

/** The metadata value of the type that fits a JSON value. */
export function plainMetadataValue(value: unknown): MetadataValue {
  switch (typeof value) {
    case "string":
      return { type: "text", text: value };
    case "boolean":
      return { type: "bool", value };
    case "number":
      // JSON has no NaN and no infinity.
      if (!Number.isFinite(value)) return { type: "text", text: String(value) };
      return { type: Number.isInteger(value) ? "int" : "float", value };
    default:
      return value === null ? { type: "null" } : { type: "json", json: value };
  }
}
