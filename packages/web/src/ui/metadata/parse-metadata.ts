import { isMetadataValue } from "@millrace/model/metadata-shape";
import type { MetadataValue } from "@millrace/model/metadata";

/** A named metadata value. */
export interface MetadataEntry {
  readonly name: string;
  readonly value: MetadataValue;
}

/** Reads metadata as it comes from the API; a value of a type or shape this version does not know is shown as JSON. */
export function parseMetadata(value: unknown): MetadataEntry[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, entry]: [string, unknown]) => ({
    name,
    value: parseValue(entry),
  }));
}

function parseValue(value: unknown): MetadataValue {
  if (isMetadataValue(value)) return value;
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  return { type: "unknown", originalType: typeof type === "string" ? type : typeof value, json: value };
}

/** Whether a value needs the width of the page: tables, charts, documents. The others fit beside their names. */
export function isLarge(value: MetadataValue): boolean {
  return ["md", "svg", "table", "table_schema", "column_lineage"].includes(value.type);
}

/** The number in a value that can be drawn over time, or null. */
export function numberOf(value: MetadataValue): number | null {
  return (value.type === "int" || value.type === "float") && Number.isFinite(value.value)
    ? value.value
    : null;
}
