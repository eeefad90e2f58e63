import { buildSchema, execute, parse } from "graphql";
import { expect, test } from "vitest";
import { guardTexts } from "./guard-texts.ts";

function schemaWith(json: "storable" | "any") {
  const schema = buildSchema(`
    scalar JSON
    input Tag { key: String!, value: String, inner: Tag }
    type Query { ask(name: String, ids: [ID!], tag: Tag, config: JSON, cursor: String): String }
  `);
  const field = schema.getQueryType()?.getFields()["ask"];
  if (field) field.resolve = () => "asked";
  return guardTexts(schema, { json });
}

async function ask(variables: object, json: "storable" | "any" = "storable") {
  const result = await execute({
    schema: schemaWith(json),
    document: parse(
      "query ($name: String, $ids: [ID!], $tag: Tag, $config: JSON, $cursor: String) { ask(name: $name, ids: $ids, tag: $tag, config: $config, cursor: $cursor) }",
    ),
    variableValues: { ...variables },
  });
  if (!("errors" in result) || result.errors === undefined) return "asked";
  return result.errors
    .map(
      ({ message, originalError }) =>
        `${String(originalError && "code" in originalError && originalError.code)}: ${message}`,
    )
    .join();
}

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

test.each([
  [{ name: "a\0b" }, "bad_request: `name` contains the character U+0000"],
  [{ name: "x".repeat(1_001) }, "bad_request: `name` has 1001 bytes; 1000 are possible"],
  [{ name: "漢".repeat(400) }, "bad_request: `name` has 1200 bytes; 1000 are possible"],
  [{ ids: ["a", "\ud800"] }, "bad_request: `ids[1]` contains half a character (a lone surrogate)"],
  [{ tag: { key: "a", value: "v\0" } }, "bad_request: `tag.value` contains the character U+0000"],
  [{ tag: { key: "a", inner: { key: "\0" } } }, "bad_request: `tag.inner.key` contains the character U+0000"],
  [{ config: { a: ["\0"] } }, "bad_request: `config.a[0]` contains the character U+0000"],
  [{ config: { "\0": 1 } }, "bad_request: `config, a name in it,` contains the character U+0000"],
  [{ config: nested(101) }, "bad_request: `config` has more than 100 levels of lists and objects"],
])("%j is refused, with the argument's name", async (variables, message) => {
  expect(await ask(variables)).toBe(message);
});

test("what fits is asked: long cursors, long texts in JSON, and nothing at all", async () => {
  const fitting = [
    {},
    { name: null },
    { cursor: "x".repeat(10_000) },
    { config: { text: "x".repeat(10_000) } },
    { config: nested(100) },
  ];

  expect(await Promise.all(fitting.map((variables) => ask(variables)))).toEqual(fitting.map(() => "asked"));
});

test("where whoever stores it makes it fit, JSON may hold any text", async () => {
  expect(await ask({ config: ["\0"] }, "any")).toBe("asked");
  expect(await ask({ config: nested(101) }, "any")).toMatch(/100 levels/);
});
