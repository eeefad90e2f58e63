import type { MetadataValue } from "./metadata.ts";

/** The furthest instant from the epoch that a `Date` can be, in seconds. */
const MAX_INSTANT_SECONDS = 8_640_000_000_000;

type Leaf = (value: unknown) => boolean;

const isText: Leaf = (value) => typeof value === "string";
const isNumber: Leaf = (value) => typeof value === "number";
const isFlag: Leaf = (value) => typeof value === "boolean";
const isCell: Leaf = (value) => value === null || isText(value) || isNumber(value) || isFlag(value);

/** Whether seconds since the epoch are an instant at all: microseconds and nanoseconds of today, taken for seconds, are not. */
export function isInstant(seconds: unknown): seconds is number {
  return typeof seconds === "number" && Math.abs(seconds) <= MAX_INSTANT_SECONDS;
}

/** What the fields of each type must be, to the leaves; a field whose check takes `undefined` may be missing. */
const FIELDS: Readonly<Record<MetadataValue["type"], Readonly<Record<string, Leaf>>>> = {
  text: { text: isText },
  url: { url: isText },
  path: { path: isText },
  notebook: { path: isText },
  json: {},
  md: { md: isText },
  svg: { svg: isText },
  float: { value: isNumber },
  int: { value: isNumber },
  bool: { value: isFlag },
  null: {},
  timestamp: { timestamp: isInstant },
  dagster_run: { runId: isText },
  job: { location: isText, job: isText },
  asset: { assetKey: isText },
  pool: { pool: isText },
  python_artifact: { module: isText, name: isText },
  table: { records: listOf(mapOf(isCell)), columns: listOf(isColumn), leftOut: optional(isNumber) },
  table_schema: { columns: listOf(isColumn) },
  column_lineage: {
    columns: mapOf(listOf((value) => hasFields(value, { assetKey: isText, column: isText }))),
  },
  code_references: {
    references: listOf((value) =>
      hasFields(value, { file: isText, line: optional(isNumber), label: optional(isText) }),
    ),
  },
  unknown: { originalType: isText },
};

/** Whether untrusted JSON is a metadata value of a known type, with all that its type promises. */
export function isMetadataValue(value: unknown): value is MetadataValue {
  if (!isRecord(value)) return false;
  const type = value["type"];
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) return false;
  return hasFields(value, FIELDS[type as MetadataValue["type"]]);
}

function isColumn(value: unknown): boolean {
  return hasFields(value, {
    name: isText,
    type: isText,
    description: optional(isText),
    nullable: optional(isFlag),
    unique: optional(isFlag),
    tags: optional(mapOf(isText)),
  });
}

function hasFields(value: unknown, fields: Readonly<Record<string, Leaf>>): boolean {
  return (
    isRecord(value) &&
    Object.entries(fields).every(([name, check]) =>
      check(Object.hasOwn(value, name) ? value[name] : undefined),
    )
  );
}

function optional(check: Leaf): Leaf {
  return (value) => value === undefined || value === null || check(value);
}

function listOf(check: Leaf): Leaf {
  return (value) => Array.isArray(value) && value.every(check);
}

function mapOf(check: Leaf): Leaf {
  return (value) => isRecord(value) && Object.values(value).every(check);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
