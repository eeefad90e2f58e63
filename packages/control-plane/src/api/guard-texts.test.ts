import { buildSchema, execute, parse } from "graphql";
import { expect, test } from "vitest";
import { guardTexts } from "./guard-texts.ts";

function schemaWith(unstorable: "refuse" | "replace") {
  const schema = buildSchema(`
    scalar JSON
    input Tag { key: String!, value: String, inner: Tag }
    type Query { ask(name: String, ids: [ID!], tag: Tag, config: JSON, cursor: String): String }
  `);
  const field = schema.getQueryType()?.getFields()["ask"];
  if (field)
    field.resolve = (_source, { config }: { readonly config?: unknown }) =>
      config === undefined ? "asked" : `asked ${JSON.stringify(config)}`;
  return guardTexts(schema, { unstorable });
}

async function ask(variables: object, unstorable: "refuse" | "replace" = "refuse") {
  const result = await execute({
    schema: schemaWith(unstorable),
    document: parse(
      "query ($name: String, $ids: [ID!], $tag: Tag, $config: JSON, $cursor: String) { ask(name: $name, ids: $ids, tag: $tag, config: $config, cursor: $cursor) }",
    ),
    variableValues: { ...variables },
  });
  if (!("errors" in result) || result.errors === undefined)
    return (result as { readonly data: { readonly ask: string } }).data.ask;
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

  expect(await Promise.all(fitting.map((variables) => ask(variables)))).toEqual(
    fitting.map(({ config }) => (config === undefined ? "asked" : `asked ${JSON.stringify(config)}`)),
  );
});

test("where texts are replaced, JSON may hold any text, and names may not", async () => {
  const config = { "k\0": ["a\0", { deep: "\ud83d" }] };

  expect(await ask({ config }, "replace")).toBe('asked {"k\uFFFD":["a\uFFFD",{"deep":"\uFFFD"}]}');
  expect(await ask({ config: nested(101) }, "replace")).toMatch(/100 levels/);
  expect(await ask({ name: "a\0" }, "replace")).toMatch(/`name` contains the character U\+0000/);
});
