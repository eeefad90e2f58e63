import { readFileSync } from "node:fs";
import { buildSchema, lexicographicSortSchema, printSchema, type GraphQLSchema } from "graphql";
import { expect, test } from "vitest";
import { userSchema } from "./schema.ts";

const contract = new URL("../../graphql/schema.graphql", import.meta.url);

function print(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

test("the user API is the one that the web app and the command line are built against", () => {
  expect(print(userSchema)).toBe(print(buildSchema(readFileSync(contract, "utf8"))));
});
