import type { JsonSchema } from "@millrace/model/config/json-schema";
import { expect, test } from "vitest";
import { z } from "zod";
import { readField, type FieldShape } from "./config-field.ts";

function shapeOf(schema: JsonSchema): FieldShape {
  return readField(schema, schema).shape;
}
function fieldOf(schema: z.ZodType) {
  const document = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  return readField(document, document);
}

test("each kind of value gets its input", () => {
  expect(fieldOf(z.string())).toMatchObject({ nullable: false, shape: { type: "text", look: "line" } });
  expect(fieldOf(z.string().max(4_000)).shape).toMatchObject({ look: "paragraph" });
  expect(fieldOf(z.string().meta({ format: "password" })).shape).toMatchObject({ look: "secret" });
  expect(fieldOf(z.number().int().min(1).max(5)).shape).toEqual({
    type: "number",
    integer: true,
    minimum: 1,
    maximum: 5,
  });
  expect(fieldOf(z.number().int()).shape).toMatchObject({ minimum: null, maximum: null });
  expect(fieldOf(z.boolean().default(true))).toMatchObject({
    defaultValue: true,
    shape: { type: "boolean" },
  });
  expect(fieldOf(z.array(z.string()).min(1)).shape).toMatchObject({ type: "list", minItems: 1 });
  expect(fieldOf(z.record(z.string(), z.number())).shape).toMatchObject({ type: "record", names: null });
  expect(fieldOf(z.partialRecord(z.enum(["a", "b"]), z.number())).shape).toMatchObject({ names: ["a", "b"] });
  expect(fieldOf(z.object({ a: z.string(), b: z.string().optional() })).shape).toMatchObject({
    type: "object",
    properties: [
      { name: "a", required: true },
      { name: "b", required: false },
    ],
  });
});

test("enumerations, literals and unions of literals are choices", () => {
  expect(fieldOf(z.enum(["a", "b"])).shape).toEqual({ type: "choice", options: ["a", "b"] });
  expect(fieldOf(z.literal("x")).shape).toEqual({ type: "choice", options: ["x"] });
  expect(fieldOf(z.union([z.literal("a"), z.literal(2)])).shape).toEqual({
    type: "choice",
    options: ["a", 2],
  });
});

test("null is taken out of what a value may be", () => {
  expect(fieldOf(z.string().nullable())).toMatchObject({ nullable: true, shape: { type: "text" } });
  expect(fieldOf(z.object({ a: z.string() }).nullable())).toMatchObject({
    nullable: true,
    shape: { type: "object" },
  });
  expect(fieldOf(z.union([z.string(), z.number(), z.null()]))).toMatchObject({
    nullable: true,
    shape: { type: "variants", variants: [{ label: "text" }, { label: "number" }] },
  });
});

test("the constant that tells alternatives apart names them", () => {
  const source = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("s3"), bucket: z.string() }),
    z.object({ kind: z.literal("file"), path: z.string() }),
  ]);

  expect(fieldOf(source).shape).toMatchObject({
    type: "variants",
    tag: "kind",
    variants: [{ label: "s3" }, { label: "file" }],
  });
});

test("references are followed, also when they lead back", () => {
  const root: JsonSchema = {
    $defs: {
      node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, name: { type: "string" } } },
    },
    allOf: [{ $ref: "#/$defs/node" }, { properties: { extra: { type: "boolean" } } }],
  };

  expect(shapeOf(root)).toMatchObject({
    type: "object",
    properties: [{ name: "next" }, { name: "name" }, { name: "extra" }],
  });
});

test("what no input can show is written as JSON", () => {
  expect(fieldOf(z.unknown()).shape).toEqual({ type: "json" });
  expect(fieldOf(z.tuple([z.string(), z.number()])).shape).toEqual({ type: "json" });
  expect(shapeOf(true)).toEqual({ type: "json" });
});
