import { expect, test } from "vitest";
import { listSchemaColumns } from "./schema-columns.ts";

test("the properties of a list's items are columns, with what may be null", () => {
  const columns = listSchemaColumns({
    type: "array",
    items: {
      type: "object",
      properties: {
        id: { type: "integer", description: "Given by the shop." },
        email: { type: "string", format: "email" },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
        total: { type: ["number", "null"] },
        tags: { type: "array", items: { type: "string" } },
        payload: {},
      },
      required: ["id", "email", "note", "total", "payload"],
    },
  });

  expect(columns).toEqual([
    { name: "id", type: "integer", nullable: false, description: "Given by the shop." },
    { name: "email", type: "string (email)", nullable: false },
    { name: "note", type: "string", nullable: true },
    { name: "total", type: "number", nullable: true },
    { name: "tags", type: "array", nullable: true },
    { name: "payload", type: "any", nullable: false },
  ]);
});

test("references are followed, also from a column to its own row", () => {
  const columns = listSchemaColumns({
    $ref: "#/$defs/rows",
    $defs: {
      rows: { type: "array", items: { $ref: "#/$defs/row" } },
      row: { type: "object", properties: { parent: { $ref: "#/$defs/row" } } },
    },
  });

  expect(columns).toEqual([{ name: "parent", type: "object", nullable: true }]);
});

test.each([
  true,
  {},
  { type: "object", properties: { id: {} } },
  { type: "array", items: { type: "number" } },
] as const)("%j describes no rows", (schema) => {
  expect(listSchemaColumns(schema)).toEqual([]);
});
