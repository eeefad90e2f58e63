import { expect, test } from "vitest";
import type { JsonSchema } from "./json-schema.ts";
import { listUnknownFields } from "./unknown-fields.ts";

const table: JsonSchema = { type: "object", properties: { name: { type: "string" }, rows: {} } };
const closed: JsonSchema = { ...table, additionalProperties: false };

const pathsOf = (schema: JsonSchema, given: unknown, read: unknown) =>
  listUnknownFields(schema, given, read).map(({ path }) => path.join("."));

test.each<[string, JsonSchema, unknown, unknown, string[]]>([
  ["is gone", table, { name: "a", row: 1 }, { name: "a" }, ["row"]],
  ["was kept", table, { name: "a", row: 1 }, { name: "a", row: 1 }, []],
  ["has another name now", table, { name: "a" }, { title: "a" }, []],
  ["went into an instance", table, { row: 1 }, new Map(), []],
  ["is ruled out, and the whole was refused", closed, { row: 1 }, undefined, ["row"]],
  ["may be ruled out, and the whole was refused", table, { row: 1 }, undefined, []],
  ["is among others of any name", { ...table, additionalProperties: {} }, { row: 1 }, {}, []],
  ["stands in a list", { items: table }, [{}, { row: 1 }], [{}, {}], ["1.row"]],
  ["stands deeper", { properties: { t: table } }, { t: { row: 1 } }, { t: {} }, ["t.row"]],
  ["is of another part", { allOf: [table, { properties: { row: {} } }] }, { row: 1 }, {}, []],
  ["is of no alternative", { anyOf: [table, { type: "null" }] }, { row: 1 }, {}, ["row"]],
  ["stands behind a reference", { $ref: "#/$defs/t", $defs: { t: table } }, { row: 1 }, {}, ["row"]],
  ["is a slip away from what is left", {}, { rwos: 1 }, { rows: 5 }, ["rwos"]],
  ["is far from what nothing describes", {}, { since: 1 }, { rows: 5 }, []],
  ["is undefined", table, { row: undefined }, {}, []],
])("a field that %s", (_what, schema, given, read, unknown) => {
  expect(pathsOf(schema, given, read)).toEqual(unknown);
});
