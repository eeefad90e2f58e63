import type { Metadata, MetadataValue } from "@millrace/model/metadata";
import { toPrintableLine } from "./printable.ts";

/** Longer texts are cut: the page shows them whole. */
const MAX_LENGTH = 200;

/** One line for each value, `name: value`, as far as a terminal can show it. */
export function describeMetadata(metadata: Metadata): string[] {
  return Object.entries(metadata).map(([name, value]) =>
    toPrintableLine(`${name}: ${shorten(textOf(value))}`),
  );
}

function textOf(value: MetadataValue): string {
  switch (value.type) {
    case "text":
      return value.text;
    case "md":
      return value.md;
    case "url":
      return value.url;
    case "path":
    case "notebook":
      return value.path;
    case "int":
    case "float":
    case "bool":
      return String(value.value);
    case "null":
      return "null";
    case "timestamp":
      return new Date(value.timestamp * 1_000).toISOString();
    case "table":
      return `${value.records.length + (value.leftOut ?? 0)} rows of ${value.columns.map(({ name }) => name).join(", ")}`;
    case "dagster_run":
      return value.runId;
    case "asset":
      return value.assetKey;
    case "job":
      return value.job;
    case "pool":
      return value.pool;
    case "svg":
      return "a drawing";
    case "json":
    case "unknown":
      return JSON.stringify(value.json) ?? "null";
    case "python_artifact":
      return `${value.module}:${value.name}`;
    case "table_schema":
      return value.columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    case "column_lineage":
      return `of ${Object.keys(value.columns).join(", ")}`;
    case "code_references":
      return value.references
        .map(({ file, line }) => (line === undefined ? file : `${file}:${line}`))
        .join(", ");
  }
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)` : text;
}
