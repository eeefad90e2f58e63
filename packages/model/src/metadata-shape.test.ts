import { expect, test } from "vitest";
import { isMetadataValue } from "./metadata-shape.ts";

test.each<object>([
  { type: "text", text: "a" },
  { type: "json", json: [null] },
  { type: "timestamp", timestamp: 1_796_029_892 },
  { type: "table", records: [{ a: 1, b: null }], columns: [{ name: "a", type: "int", nullable: true }] },
  { type: "column_lineage", columns: { x: [{ assetKey: "a", column: "b" }], y: [] } },
  { type: "code_references", references: [{ file: "a.ts", line: 3 }] },
  { type: "text", text: "a", later: "a field of a newer version" },
])("%j is what it says", (value) => expect(isMetadataValue(value)).toBe(true));

test.each<unknown>([
  null,
  5,
  { type: "hologram" },
  { type: "constructor" },
  { type: "__proto__" },
  { type: "text", text: 5 },
  { type: "timestamp", timestamp: 1.796e18 },
  { type: "timestamp", timestamp: null },
  { type: "table", records: [null], columns: [] },
  { type: "table", records: [{ a: {} }], columns: [] },
  { type: "table", records: [], columns: [null] },
  { type: "table_schema", columns: [{ name: "a" }] },
  { type: "column_lineage", columns: { x: null } },
  { type: "column_lineage", columns: { x: [null] } },
  { type: "code_references", references: [null] },
])("%j is not", (value) => expect(isMetadataValue(value)).toBe(false));
