import type { JsonSchema } from "@millrace/model/config/json-schema";
import { expect, test } from "vitest";
import { z } from "zod";
import { readField } from "./config-field.ts";
import {
  emptyValue,
  fillRequired,
  findVariant,
  freeName,
  moveItem,
  renameProperty,
  setProperty,
} from "./edit-config.ts";

function toSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
}
const source = toSchema(
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("s3"), bucket: z.string(), tags: z.array(z.string()) }),
    z.object({ kind: z.literal("file"), path: z.string() }),
  ]),
);
const options = toSchema(
  z.object({
    name: z.string(),
    kind: z.literal("daily"),
    retry: z.object({ times: z.number(), wait: z.object({ seconds: z.number() }) }),
    limits: z.record(z.string(), z.object({ tags: z.array(z.string()) })),
    mode: z.object({ fast: z.boolean() }).default({ fast: true }),
    extra: z.object({ a: z.string() }).optional(),
  }),
);

test("fields are set where they stand, added at the end, and removed", () => {
  expect(Object.entries(setProperty({ a: 1, b: 2 }, "a", 3))).toEqual([
    ["a", 3],
    ["b", 2],
  ]);
  expect(setProperty(undefined, "a", 1)).toEqual({ a: 1 });
  expect(setProperty({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
  expect(Object.keys(renameProperty({ a: 1, b: 2 }, "a", "z"))).toEqual(["z", "b"]);
  expect(freeName("name", ["name", "name2"])).toBe("name3");
});

test("items move by one, and never out of the list", () => {
  expect(moveItem(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
  expect(moveItem(["a", "b"], 0, -1)).toEqual(["a", "b"]);
});

test("what must be there anyway is filled in; what has a default or may be missing is not", () => {
  expect(fillRequired(options, options, {})).toEqual({
    kind: "daily",
    retry: { wait: {} },
    limits: {},
  });
  const given = { name: "x", limits: { sea: {} }, extra: {} };
  expect(fillRequired(options, options, given)).toEqual({
    ...given,
    kind: "daily",
    retry: { wait: {} },
    limits: { sea: { tags: [] } },
  });
});

test("a config that lacks nothing stays the very same", () => {
  const complete = fillRequired(options, options, { name: "x", limits: { sea: { tags: ["a"] } } });
  expect(fillRequired(options, options, complete)).toBe(complete);
});

test("values from the environment are not filled", () => {
  expect(fillRequired(options, options, { retry: { env: "RETRY" } })).toMatchObject({
    retry: { env: "RETRY" },
  });
});

test("a variant begins with its constant and with what it requires", () => {
  const { shape } = readField(source, source);
  if (shape.type !== "variants") throw new Error("not a union");
  const [s3, file] = shape.variants;

  expect(emptyValue(source, s3?.schema ?? true)).toEqual({ kind: "s3", tags: [] });
  expect(findVariant(source, shape.variants, "kind", { kind: "file" })).toBe(file);
  expect(findVariant(source, shape.variants, "kind", { kind: "ftp" })).toBeNull();
});

test("without a constant the variant whose required fields are there is meant", () => {
  const schema = toSchema(z.union([z.object({ a: z.string() }), z.object({ b: z.string() }), z.string()]));
  const { shape } = readField(schema, schema);
  if (shape.type !== "variants") throw new Error("not a union");
  const find = (value: unknown) => findVariant(schema, shape.variants, shape.tag, value)?.label;

  expect(find({ b: "x" })).toBe("fields (form 2)");
  expect(find("x")).toBe("text");
  expect(find(7)).toBeUndefined();
});
