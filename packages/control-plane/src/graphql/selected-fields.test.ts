import { buildSchema, graphql } from "graphql";
import { expect, test } from "vitest";
import { isSelected } from "./selected-fields.ts";

const schema = buildSchema(`type Node { key: String, cost: Int } type Query { nodes: [Node] }`);

async function ask(query: string): Promise<boolean[]> {
  const asked: boolean[] = [];
  const nodes = (_args: unknown, _context: unknown, info: Parameters<typeof isSelected>[0]) => {
    asked.push(isSelected(info, ["cost"]));
    return [];
  };
  await graphql({ schema, source: query, rootValue: { nodes } });
  return asked;
}

test.each([
  ["{ nodes { key } }", [false]],
  ["{ nodes { key cost } }", [true]],
  ["{ nodes { price: cost } }", [true]],
  ["{ nodes { cost: key } }", [false]],
  ["{ nodes { key } nodes { cost } }", [true]],
  ["{ nodes { ... on Node { cost } } }", [true]],
  ["{ nodes { ...all } } fragment all on Node { key ...more } fragment more on Node { cost }", [true]],
  ["{ a: nodes { key } b: nodes { cost } }", [false, true]],
])("a field that a request asks for is seen: %s", async (query, asked) => {
  expect(await ask(query)).toEqual(asked);
});
