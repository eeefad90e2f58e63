import { expect, test } from "vitest";
import { checkConfig, listFields, mergeConfig, startValue } from "./json-schema.ts";

const schema = {
  type: "object",
  properties: {
    ops: {
      type: "object",
      properties: {
        flights: {
          type: "object",
          properties: {
            config: {
              type: "object",
              required: ["year", "carrier"],
              properties: {
                year: { type: "integer", minimum: 1987, default: 2001 },
                carrier: { type: "string", enum: ["AA", "UA"], description: "Two letters" },
                sample: { type: "number" },
              },
              additionalProperties: false,
            },
          },
        },
      },
    },
  },
};

test("the editor begins with the defaults and with what must be given", () => {
  expect(startValue(schema)).toEqual({ ops: { flights: { config: { year: 2001, carrier: "AA" } } } });
  expect(startValue({ type: "object", properties: {} })).toBeUndefined();
  expect(startValue(null)).toBeUndefined();
});

test("a wrong value is reported at its path, once", () => {
  const { problems } = checkConfig('{"ops":{"flights":{"config":{"year":"x","carrier":"AA"}}}}', schema);

  expect(problems.map((problem) => problem.path)).toEqual(["ops.flights.config.year"]);
});

test("a field that does not exist is reported at its path", () => {
  const { problems } = checkConfig(
    '{"ops":{"flights":{"config":{"year":2000,"carrier":"AA","yaer":1}}}}',
    schema,
  );

  expect(problems.map((problem) => problem.path)).toContain("ops.flights.config.yaer");
});

test("text that is no JSON says so; nothing at all is an empty config", () => {
  expect(checkConfig("{", schema).problems[0]?.message).toMatch(/^This is not JSON: /);
  expect(checkConfig("", null)).toEqual({ config: {}, problems: [] });
});

test("the fields are listed with their types", () => {
  expect(listFields(schema)).toEqual([
    { path: "ops.flights.config.year", type: "integer", required: false, description: null },
    { path: "ops.flights.config.carrier", type: '"AA" | "UA"', required: true, description: "Two letters" },
    { path: "ops.flights.config.sample", type: "number", required: false, description: null },
  ]);
});

test("a job's own config counts before the schema's defaults", () => {
  expect(
    mergeConfig({ ops: { a: { config: { x: 1, y: 2 } } } }, { ops: { a: { config: { y: 3 } } } }),
  ).toEqual({
    ops: { a: { config: { x: 1, y: 3 } } },
  });
  expect(mergeConfig(undefined, {})).toEqual({});
  expect(mergeConfig({ list: [1, 2] }, { list: [3] })).toEqual({ list: [3] });
});
