import { expect, test } from "vitest";
import { z } from "zod";
import { listSecretForms } from "./secret-forms.ts";
import { isConfigRequired, toJsonSchema } from "./config-schema.ts";
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
  });
  expect(isConfigRequired(toJsonSchema(schema))).toBe(true);
  expect(isConfigRequired(toJsonSchema(z.object({ top: z.number().default(10) })))).toBe(false);
});
