import { describe, expect, test } from "vitest";
import { checkConfig } from "./check-config.ts";
import type { JsonSchema } from "./json-schema.ts";

function errorsOf(schema: JsonSchema, config: unknown): string[] {
  const result = checkConfig(schema, config);
  return result.ok ? [] : result.errors.map((error) => `${error.kind}: ${error.message}`);
}
const job: JsonSchema = {
  type: "object",
  properties: {
    rows: { type: "integer", minimum: 1, default: 100 },
    mode: { type: "string", enum: ["full", "fast"] },
    target: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    retry: { type: "object", properties: { times: { type: "integer", default: 3 } }, default: {} },
  },
  required: ["rows", "mode"],
  additionalProperties: false,
};

test("defaults are filled in, also inside defaults", () => {
  expect(checkConfig(job, { mode: "full" })).toEqual({
    ok: true,
    value: { mode: "full", rows: 100, target: null, retry: { times: 3 } },
  });
});

test("everything that is wrong is said, with its place", () => {
  expect(errorsOf(job, { rows: 0, target: 5, colour: "red" })).toEqual([
    "value_not_allowed: rows must be at least 1",
    "type_mismatch: target must be of type string, but is an integer",
    'missing_field: The config lacks "mode"',
    'unknown_field: The config has "colour", but only knows "rows", "mode", "target", "retry"',
  ]);
  expect(errorsOf({ type: "array", items: job }, [{ mode: "slow" }])).toEqual([
    'value_not_allowed: [0].mode must be one of "full", "fast"',
  ]);
});

test("of a missing object, the fields that must be in it are named", () => {
  const run: JsonSchema = {
    type: "object",
    properties: { job, note: { type: "string" }, self: { $ref: "#" } },
    required: ["job", "note", "self"],
  };

  expect(errorsOf(run, {})).toEqual(['missing_field: The config lacks "job.mode", "note", "self"']);
});

test("messages never repeat a value, as it may be a secret", () => {
  expect(errorsOf(job, { mode: "hunter2", rows: "hunter2" }).join()).not.toContain("hunter2");
});

describe("keywords", () => {
  test.each<[JsonSchema, unknown, unknown]>([
    [{ type: ["string", "integer"] }, "a", 1.5],
    [{ type: "integer" }, 2, true],
    [{ const: { a: [1] } }, { a: [1] }, { a: [2] }],
    [{ type: "number", exclusiveMinimum: 0, maximum: 2 }, 2, 0],
    [{ type: "number", multipleOf: 0.1 }, 0.3, 0.35],
    [{ type: "string", minLength: 1, maxLength: 2 }, "😀😀", "abc"],
    [{ type: "string", pattern: "^a+$" }, "aa", "b"],
    [{ type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } }, ["a", 1], [1, 1]],
    [{ type: "array", maxItems: 1 }, [1], [1, 2]],
    [
      { type: "object", propertyNames: { pattern: "^x" }, additionalProperties: { type: "integer" } },
      { x: 1 },
      { y: 1 },
    ],
    [{ allOf: [{ type: "integer" }, { minimum: 3 }] }, 3, 2],
    [{ oneOf: [{ type: "integer" }, { type: "boolean" }] }, true, "a"],
    [{ not: { type: "null" } }, 1, null],
    [{ type: "string", nullable: true }, null, 1],
    [{ $ref: "#/$defs/name", $defs: { name: { type: "string" } } }, "a", 1],
  ])("%j accepts %j and not %j", (schema, good, bad) => {
    expect(checkConfig(schema, good)).toEqual({ ok: true, value: good });
    expect(checkConfig(schema, bad).ok).toBe(false);
  });

  test("a list of fields of which exactly one is to be given", () => {
    const selector: JsonSchema = {
      type: "object",
      properties: { s3: {}, file: {} },
      minProperties: 1,
      maxProperties: 1,
    };
    expect(errorsOf(selector, {})).toEqual([
      "field_count: The config must have exactly 1 field(s) of: s3, file; it has 0",
    ]);
  });

  test("of alternatives, the errors are those of the one that was meant", () => {
    const store: JsonSchema = {
      anyOf: [
        {
          type: "object",
          properties: { kind: { const: "s3" }, bucket: { type: "string" } },
          required: ["kind", "bucket"],
        },
        {
          type: "object",
          properties: { kind: { const: "file" }, path: { type: "string" } },
          required: ["kind", "path"],
        },
      ],
    };
    expect(errorsOf(store, { kind: "file" })).toEqual(['missing_field: The config lacks "path"']);
    expect(errorsOf(store, { kind: "ftp" })).toEqual(['value_not_allowed: kind must be one of "s3", "file"']);
    expect(errorsOf(store, {})).toEqual(['missing_field: The config lacks "kind", one of "s3", "file"']);
  });

  test("recursive schemas are followed as deep as the config goes, and end where they never would", () => {
    const tree: JsonSchema = {
      $defs: {
        node: {
          type: "object",
          properties: { child: { $ref: "#/$defs/node" } },
          additionalProperties: false,
        },
      },
      $ref: "#/$defs/node",
    };
    expect(checkConfig(tree, { child: { child: {} } }).ok).toBe(true);
    expect(errorsOf(tree, { child: { child: { x: 1 } } })).toEqual([
      'unknown_field: child.child has "x", but only knows "child"',
    ]);
    expect(errorsOf({ $ref: "#" }, 1)).toEqual(["too_deep: The config is nested too deeply"]);
  });

  test("names of JavaScript's own are ordinary names", () => {
    expect(
      errorsOf({ type: "object", properties: {}, additionalProperties: false }, { constructor: 1 }),
    ).toHaveLength(1);
    expect(checkConfig({ type: "object", properties: { toString: { default: 1 } } }, {})).toEqual({
      ok: true,
      value: { toString: 1 },
    });
    const parsed: unknown = JSON.parse('{"__proto__": 1}');
    const result = checkConfig({ type: "object" }, parsed);
    expect(result.ok && Object.keys(result.value as object)).toEqual(["__proto__"]);
  });
});

test("values from the environment stand for anything, where they are expected", () => {
  const config = { mode: { env: "MODE" }, rows: { env: "ROWS", masked: false } };

  expect(checkConfig(job, config, { environmentValues: true })).toMatchObject({ ok: true });
  expect(checkConfig(job, config)).toMatchObject({ ok: false });
  expect(checkConfig(job, { mode: { env: "MODE", other: 1 } }, { environmentValues: true })).toMatchObject({
    ok: false,
  });
  expect(checkConfig({ anyOf: [{ type: "string" }, { type: "null" }] }, { env: "X" })).toMatchObject({
    ok: false,
  });
});

test("an error says what is wrong without the place too, and which fields it is about", () => {
  const result = checkConfig(job, { rows: 0, colour: "red" });

  expect(result).toMatchObject({
    errors: [
      { path: ["rows"], reason: "must be at least 1" },
      { kind: "missing_field", fields: ["mode"] },
      { kind: "unknown_field", fields: ["colour"] },
    ],
  });
});

test("a text of a known format is asked for in words, not as a pattern", () => {
  const recipient: JsonSchema = { type: "string", format: "email", pattern: "^.+@.+$" };

  expect(errorsOf(recipient, "nobody")).toEqual(["value_not_allowed: The config must be an e-mail address"]);
});

describe("schemas that refer to themselves", () => {
  const nested = (levels: number, leaf: unknown): unknown =>
    Array.from({ length: levels }).reduce((inner) => ({ kind: "not", inner }), leaf);

  test("the constant that tells forms apart is looked at before anything else in them", () => {
    const form = (kind: string) => ({
      type: "object" as const,
      properties: { kind: { const: kind }, inner: { $ref: "#" }, left: { $ref: "#" } },
      required: ["kind"],
    });
    const schema: JsonSchema = { anyOf: [form("and"), form("or"), form("not"), { type: "string" }] };

    expect(checkConfig(schema, nested(60, "leaf"))).toMatchObject({ ok: true });
    expect(checkConfig(schema, nested(60, 1)).ok).toBe(false);
  });

  test.each<[string, JsonSchema, unknown]>([
    [
      "two forms of one shape",
      {
        anyOf: [
          { type: "object", properties: { inner: { $ref: "#" } }, required: ["a"] },
          { type: "object", properties: { inner: { $ref: "#" } }, required: ["b"] },
        ],
      },
      nested(40, 1),
    ],
    ["a schema that is all of itself, twice", { allOf: [{ $ref: "#" }, { $ref: "#" }] }, {}],
    [
      "defaults without end",
      { type: "object", properties: { a: { $ref: "#", default: {} }, b: { $ref: "#", default: {} } } },
      {},
    ],
  ])(
    "%s takes no time without end, and what nobody can look at is left to the code",
    (_what, schema, config) => {
      const startedAt = performance.now();

      expect(checkConfig(schema, config)).toEqual({ ok: true, value: config });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    },
  );
});
