import { expect, test } from "vitest";
import { listColumnChanges } from "./column-changes.ts";

test("columns that came, went or changed their type are changes; their order is none", () => {
  const before = [
    { name: "id", type: "BIGINT" },
    { name: "total", type: "DOUBLE" },
    { name: "note", type: "VARCHAR" },
  ];
  const after = [
    { name: "paid", type: "BOOLEAN" },
    { name: "total", type: "DECIMAL(10,2)" },
    { name: "id", type: "BIGINT", description: "Given by the shop." },
  ];

  expect(listColumnChanges(before, after)).toEqual([
    { column: "note", change: "removed", before: "VARCHAR", after: null },
    { column: "paid", change: "added", before: null, after: "BOOLEAN" },
    { column: "total", change: "type", before: "DOUBLE", after: "DECIMAL(10,2)" },
  ]);
  expect(listColumnChanges(before, before.toReversed())).toEqual([]);
});
