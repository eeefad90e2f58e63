import type { JsonSchema } from "@millrace/model/config/json-schema";
import { expect, test } from "vitest";
import { hasProblemsUnder, listProblems, valueAt } from "./config-problems.ts";

const schema: JsonSchema = {
  type: "object",
  properties: {
    year: { type: "integer", minimum: 1987 },
    password: { type: "string" },
    items: { type: "array", minItems: 1, items: { type: "object", required: ["name"] } },
  },
  required: ["year", "password", "items"],
  additionalProperties: false,
};

test("each problem stands at the place where it can be mended", () => {
  const problems = listProblems(schema, { year: 3, items: [{}], colour: "red" });

  expect(problems.map(({ path, message, missing }) => [path.join("."), message, missing])).toEqual([
    ["year", "Must be at least 1987", false],
    ["items.0.name", "Required", true],
    ["password", "Required", true],
    ["", 'Has "colour", but only knows "year", "password", "items"', false],
  ]);
  expect(hasProblemsUnder(problems, ["items"])).toBe(true);
  expect(hasProblemsUnder(problems, ["items", 1])).toBe(false);
});

test("what was not given yet is missing, not wrong", () => {
  const problems = listProblems(schema, { year: null, password: "x", items: [] });

  expect(problems.map(({ path, missing }) => [path.join("."), missing])).toEqual([
    ["year", true],
    ["items", true],
  ]);
});

test("a value from the environment fits everywhere", () => {
  const config = {
    year: { env: "YEAR" },
    password: { env: "PASSWORD", masked: false },
    items: [{ name: 1 }],
  };
  expect(listProblems(schema, config)).toEqual([]);
});

test("a value from the environment needs the name of its variable", () => {
  const config = { year: 2001, password: { env: "" }, items: [{ name: { env: "" } }] };

  expect(listProblems(schema, config).map(({ path, missing }) => [path.join("."), missing])).toEqual([
    ["password", true],
    ["items.0.name", true],
  ]);
});

test("parts of a config are found by their path", () => {
  expect(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
  expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
  expect(valueAt({}, ["toString"])).toBeUndefined();
});
