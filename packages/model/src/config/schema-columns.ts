import type { TableColumn } from "../metadata.ts";
import type { JsonSchema, JsonSchemaObject } from "./json-schema.ts";
import { behindReference } from "./references.ts";

/** The columns of the rows that the schema of a list describes; none when it describes anything else. */
export function listSchemaColumns(document: JsonSchema): TableColumn[] {
  const { items } = keywordsOf(document, document);
  const { properties = {}, required = [] } = keywordsOf(document, items);
  return Object.entries(properties).map(([name, property]) => {
    const types = listTypes(document, property);
    const { description } = keywordsOf(document, property);
    const named = types.filter((type) => type !== "null");
    return {
      name,
      type: named.join(" or ") || "any",
      nullable: types.includes("null") || !required.includes(name),
      ...(description === undefined ? {} : { description }),
    };
  });
}

/** The types that a value may have, in the words of JSON Schema: `string (date-time)`. None: any. */
function listTypes(document: JsonSchema, schema: JsonSchema): string[] {
  const { type = [], format, anyOf = [], oneOf = [] } = keywordsOf(document, schema);
  const said = [type]
    .flat()
    .map((name) => (name === "string" && format !== undefined ? `string (${format})` : name));
  const chosen = [...anyOf, ...oneOf].flatMap((choice) => listTypes(document, choice));
  return [...new Set([...said, ...chosen])];
}

function keywordsOf(document: JsonSchema, schema: JsonSchema | undefined): JsonSchemaObject {
  const form = schema === undefined ? true : behindReference(document, schema);
  return typeof form === "object" ? form : {};
}
