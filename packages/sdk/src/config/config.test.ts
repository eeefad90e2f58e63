import { expect, test } from "vitest";
import { z } from "zod";
import { closeSchema } from "./close-schema.ts";
import { listSecretForms } from "./secret-forms.ts";
import type { InvalidConfig } from "./invalid-config.ts";
import { isConfigRequired, toJsonSchema, type ConfigSchema } from "./config-schema.ts";
import { env, listEnvironmentVariables, type Environment } from "./environment.ts";
import { parseConfig } from "./parse-config.ts";

const environment = (variables: Record<string, string> = {}): Environment => ({
  variables,
  secrets: new Set(),
});
const schema = z.object({
  path: z.string(),
  limits: z.array(z.object({ rows: z.number() })).default([]),
  threads: z.coerce.number().default(2),
});

test("a config is validated and its defaults are filled in", async () => {
  expect(await parseConfig(schema, { path: "/x" }, "config", environment())).toEqual({
    path: "/x",
    limits: [],
    threads: 2,
  });
});

test("every place that is wrong is named", async () => {
  const bad = { limits: [{ rows: 1 }, { rows: "many" }] };

  await expect(parseConfig(schema, bad, "ops.load.config", environment())).rejects.toMatchObject({
    code: "invalid_config",
    message: [
      "ops.load.config.path: Invalid input: expected string, received undefined",
      "ops.load.config.limits[1].rows: Invalid input: expected number, received string",
    ].join("\n"),
  });
});

const more = z.object({
  since: z.coerce.date().optional(),
  sides: z
    .intersection(
      z.object({ left: z.int() }),
      z.union([z.object({ right: z.int() }), z.object({ up: z.int() })]),
    )
    .optional(),
  any: z.looseObject({ known: z.string() }).optional(),
  form: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), size: z.int().optional() }),
      z.object({ kind: z.literal("b") }),
    ])
    .optional(),
  renamed: z
    .object({ from: z.string() })
    .transform(({ from }) => ({ to: from }))
    .optional(),
});

test.each([
  [schema, { path: "/x", thread: 4 }, ['config.thread: there is no such field; did you mean "threads"?']],
  [
    schema,
    { pth: "/x" },
    [
      "config.path: Invalid input: expected string, received undefined",
      'config.pth: there is no such field; did you mean "path"?',
    ],
  ],
  [
    schema,
    { path: "/x", limits: [{ rows: 1, all: true }] },
    ['config.limits[0].all: there is no such field; there is "rows"'],
  ],
  [more, { since: "2026-01-01", sides: { left: 1, right: 2 }, any: { known: "a", other: 1 } }, []],
  [more, { renamed: { from: "x" }, form: { kind: "a", size: 1 } }, []],
  [
    more,
    { sides: { left: 1, right: 2, top: 3 } },
    ['config.sides.top: there is no such field; there are "left", "right" and "up"'],
  ],
  [
    more,
    { form: { kind: "b", sise: 1 } },
    ['config.form.sise: there is no such field; did you mean "size"?'],
  ],
])("a field that the schema would drop is refused, and no other: %#", async (fields, config, problems) => {
  const said = await parseConfig(fields, config, "config", environment()).then(
    () => "",
    (error: InvalidConfig) => error.message,
  );

  expect(said).toBe(problems.join("\n"));
});

test("so is one that a schema of any other library drops", async () => {
  const dropping: ConfigSchema<{ rows: number }, { rows: number }> = {
    "~standard": {
      version: 1,
      vendor: "shop",
      validate: (value) => ({ value: { rows: (value as { rows?: number }).rows ?? 1 } }),
      jsonSchema: {
        input: () => ({ type: "object", properties: { rows: { type: "integer" } } }),
        output: () => ({}),
      },
    },
  };

  expect(await parseConfig(dropping, { rows: 2 }, "config", environment())).toEqual({ rows: 2 });
  await expect(parseConfig(dropping, { rws: 2 }, "config", environment())).rejects.toThrow(
    'config.rws: there is no such field; did you mean "rows"?',
  );
});

test("a config for what takes none is refused", async () => {
  expect(await parseConfig(null, {}, "ops.a.config", environment())).toBeUndefined();
  await expect(parseConfig(null, { x: 1 }, "ops.a.config", environment())).rejects.toThrow(
    "ops.a.config: takes no config",
  );
});

test("environment variables are bound anywhere in a config, and masked ones are remembered", async () => {
  const world = environment({ DATA: "/data/secret", THREADS: "4", ROWS: "unused" });
  const config = { path: env("DATA"), threads: env("THREADS", { masked: false }) };

  expect(await parseConfig(schema, config, "config", world)).toEqual({
    path: "/data/secret",
    limits: [],
    threads: 4,
  });
  expect([...world.secrets]).toEqual(listSecretForms("/data/secret"));
  expect(listEnvironmentVariables({ a: [config], b: null })).toEqual(["DATA", "THREADS"]);
  await expect(parseConfig(schema, { path: env("UNSET") }, "config", world)).rejects.toThrow(
    "config.path: environment variable UNSET is not set",
  );
});

test("the JSON Schema of a config says what may be given", () => {
  expect(toJsonSchema(z.object({ top: z.number().default(10).describe("How many") }))).toEqual({
    type: "object",
    properties: { top: { type: "number", default: 10, description: "How many" } },
    additionalProperties: false,
  });
  expect(toJsonSchema(more)).toMatchObject({
    additionalProperties: false,
    properties: {
      since: {},
      any: { additionalProperties: {} },
      form: { oneOf: [{ additionalProperties: false }, { additionalProperties: false }] },
    },
  });
  const part = { type: "object", properties: { left: {} } };
  const $defs = { part, other: { ...part, properties: { properties: part } } };
  expect(closeSchema({ allOf: [{ $ref: "#/$defs/part" }, part], items: part, $defs })).toEqual({
    allOf: [{ $ref: "#/$defs/part" }, part],
    items: { ...part, additionalProperties: false },
    $defs: {
      part,
      other: {
        ...part,
        properties: { properties: { ...part, additionalProperties: false } },
        additionalProperties: false,
      },
    },
  });
  expect(isConfigRequired(toJsonSchema(schema))).toBe(true);
  expect(isConfigRequired(toJsonSchema(z.object({ top: z.number().default(10) })))).toBe(false);
});
