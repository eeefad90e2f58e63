import { isInstant } from "@millrace/model/metadata-shape";
import { parseAssetKey } from "@millrace/model/asset-key";
import type { ColumnSource, MetadataValue, TableCell, TableColumn } from "@millrace/model/metadata";
import { METADATA_VALUE, type MetadataRecord, type TypedMetadata } from "../metadata/metadata.ts";
import { toMetadataValue } from "../metadata/to-metadata.ts";
import { isRecord, textOf } from "./pipes-json.ts";

/**
 * Metadata as a script reports it. A value that is not what its type says is kept as one of unknown type, and so is a
 * value of a type that a later version of the protocol brings: a report is never lost over its metadata.
 */
export function parsePipesMetadata(metadata: Readonly<Record<string, unknown>> | null): MetadataRecord {
  return Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, typed(parseValue(value))]),
  );
}

function parseValue(value: unknown): MetadataValue {
  if (!isRecord(value) || typeof value["type"] !== "string" || !("raw_value" in value)) return infer(value);
  const { type, raw_value: raw } = value;
  return parseTyped(type, raw) ?? { type: "unknown", originalType: type, json: raw };
}

/** Null when the raw value does not fit its type. */
function parseTyped(type: string, raw: unknown): MetadataValue | null {
  switch (type) {
    case "__infer__":
      return infer(raw);
    case "text":
      return typeof raw === "string" ? { type, text: raw } : null;
    case "url":
      return typeof raw === "string" ? { type, url: raw } : null;
    case "path":
    case "notebook":
      return typeof raw === "string" ? { type, path: raw } : null;
    case "md":
      return typeof raw === "string" ? { type, md: raw } : null;
    case "json":
      return { type, json: raw };
    case "int":
    case "float":
      return typeof raw === "number" ? { type, value: raw } : null;
    case "bool":
      return typeof raw === "boolean" ? { type, value: raw } : null;
    case "null":
      return { type };
    case "timestamp":
      return isInstant(raw) ? { type, timestamp: raw } : null;
    case "dagster_run":
      return typeof raw === "string" ? { type, runId: raw } : null;
    case "asset":
      return typeof raw === "string" ? { type, assetKey: parseAssetKey(raw) } : null;
    case "table":
      return parseTable(raw);
    case "table_schema":
      return isRecord(raw) && Array.isArray(raw["columns"])
        ? { type, columns: raw["columns"].flatMap(parseColumn) }
        : null;
    case "table_column_lineage":
      return parseColumnLineage(raw);
    default:
      return null;
  }
}

function infer(raw: unknown): MetadataValue {
  if (raw === undefined) return { type: "null" };
  return typeof raw === "object" && raw !== null ? { type: "json", json: raw } : toMetadataValue(raw);
}

function parseTable(raw: unknown): MetadataValue | null {
  if (!isRecord(raw) || !Array.isArray(raw["records"])) return null;
  const records = raw["records"]
    .filter(isRecord)
    .map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, cell]) => [name, parseCell(cell)])),
    );
  const schema = isRecord(raw["schema"]) ? raw["schema"]["columns"] : raw["schema"];
  const columns = Array.isArray(schema)
    ? schema.flatMap(parseColumn)
    : Object.entries(records[0] ?? {}).map(([name, cell]) => ({ name, type: typeof cell }));
  return { type: "table", records, columns };
}

function parseCell(cell: unknown): TableCell {
  if (typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean") return cell;
  return cell === null || cell === undefined ? null : JSON.stringify(cell);
}

function parseColumn(column: unknown): TableColumn[] {
  if (typeof column === "string") return [{ name: column, type: "string" }];
  if (!isRecord(column) || typeof column["name"] !== "string") return [];
  const { name, type, description, tags } = column;
  const constraints = isRecord(column["constraints"]) ? column["constraints"] : {};
  const { nullable, unique } = constraints;
  return [
    {
      name,
      type: typeof type === "string" ? type : "string",
      ...(typeof description === "string" ? { description } : {}),
      ...(typeof nullable === "boolean" ? { nullable } : {}),
      ...(typeof unique === "boolean" ? { unique } : {}),
      ...(isRecord(tags)
        ? { tags: Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag, textOf(value)])) }
        : {}),
    },
  ];
}

function parseColumnLineage(raw: unknown): MetadataValue | null {
  if (!isRecord(raw) || !isRecord(raw["deps_by_column"])) return null;
  const columns = Object.entries(raw["deps_by_column"]).map(([name, sources]) => [
    name,
    Array.isArray(sources) ? sources.flatMap(parseColumnSource) : [],
  ]);
  return { type: "column_lineage", columns: Object.fromEntries(columns) as Record<string, ColumnSource[]> };
}

function parseColumnSource(source: unknown): ColumnSource[] {
  if (!isRecord(source)) return [];
  const { asset_key: key, column_name: column } = source;
  return typeof key === "string" && typeof column === "string"
    ? [{ assetKey: parseAssetKey(key), column }]
    : [];
}

function typed(value: MetadataValue): TypedMetadata {
  return Object.freeze({ ...value, [METADATA_VALUE]: true as const });
}
