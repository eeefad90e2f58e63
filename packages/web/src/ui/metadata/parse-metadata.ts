import type { MetadataValue } from "@millrace/model/metadata";

/** A named metadata value. */
export interface MetadataEntry {
  readonly name: string;
  readonly value: MetadataValue;
}

/** The fields that each type can't be shown without, and their kinds. */
const FIELDS: Readonly<
  Record<
    MetadataValue["type"],
    Readonly<Record<string, "string" | "number" | "boolean" | "object" | "array">>
  >
> = {
  text: { text: "string" },
  url: { url: "string" },
  path: { path: "string" },
  notebook: { path: "string" },
  json: {},
  md: { md: "string" },
  svg: { svg: "string" },
  float: { value: "number" },
  int: { value: "number" },
  bool: { value: "boolean" },
  null: {},
  timestamp: { timestamp: "number" },
  dagster_run: { runId: "string" },
  job: { location: "string", job: "string" },
  asset: { assetKey: "string" },
  pool: { pool: "string" },
  python_artifact: { module: "string", name: "string" },
  table: { records: "array", columns: "array" },
  table_schema: { columns: "array" },
  column_lineage: { columns: "object" },
  code_references: { references: "array" },
  unknown: {},
};

/** Reads metadata as it comes from the API; a value of a type or shape this version does not know is shown as JSON. */
export function parseMetadata(value: unknown): MetadataEntry[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, entry]: [string, unknown]) => ({
    name,
    value: parseValue(entry),
  }));
}

function parseValue(value: unknown): MetadataValue {
  const record = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const type = record["type"];
  if (typeof type !== "string" || !(type in FIELDS)) {
    return { type: "unknown", originalType: typeof type === "string" ? type : typeof value, json: value };
  }
  const wanted = Object.entries(FIELDS[type as MetadataValue["type"]]);
  const complete = wanted.every(([field, kind]) => kindOf(record[field]) === kind);
  return complete ? (value as MetadataValue) : { type: "unknown", originalType: type, json: value };
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
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

/** A link that is safe to follow, or null: only the web's own schemes. */
export function safeUrl(url: string): string | null {
  return /^(?:https?:|mailto:)/i.test(url.trim()) ? url.trim() : null;
}
