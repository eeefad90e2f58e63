/** Kinds of values that a column of rows may have; `null` when it has none. */
export const COLUMN_KINDS = [
  "text",
  "number",
  "bigint",
  "boolean",
  "instant",
  "bytes",
  "json",
  "null",
] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** What values of a kind are called in messages. */
export const PLURALS: Readonly<Record<ColumnKind, string>> = {
  text: "texts",
  number: "numbers",
  bigint: "bigints",
  boolean: "booleans",
  instant: "dates",
  bytes: "bytes",
  json: "objects or arrays",
  null: "no values",
};
