import { readFileSync } from "node:fs";
import { buildSchema, lexicographicSortSchema, printSchema, type GraphQLSchema } from "graphql";
import { expect, test } from "vitest";
import { agentApiSchema } from "./agent-api-schema.ts";

const contract = new URL("../../../protocol/agent-api/schema.graphql", import.meta.url);

function print(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

test("the agent API is the one that agents were built against", () => {
  expect(print(agentApiSchema)).toBe(print(buildSchema(readFileSync(contract, "utf8"))));
});
