import { Kind, type ValueNode } from "graphql";
import { BadRequest } from "./bad-request.ts";

/**
 * Reads JSON that is written in a document itself, as in `f(config: {year: 2001})`.
 *
 * @throws BadRequest when a variable stands inside it.
 */
export function readJsonLiteral(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map(readJsonLiteral);
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, readJsonLiteral(field.value)]));
    case Kind.NULL:
      return null;
    case Kind.ENUM:
    case Kind.VARIABLE:
      throw new BadRequest("JSON goes into a variable, or is written as a literal without variables");
  }
}
