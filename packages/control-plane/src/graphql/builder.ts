import SchemaBuilder from "@pothos/core";
import { Kind } from "graphql";
import { RUN_STATUSES } from "@millrace/model/run-status";
import { BadRequest } from "../api/bad-request.ts";
import "../access/access-plugin.ts";
import type { Action } from "../access/actions.ts";
import { userApiGuard, type ChangeRule } from "../access/guard-user-api.ts";
import type { UserContext } from "./context.ts";
import { readJsonLiteral } from "../api/json-scalar.ts";

/** Builds the user API; the files beside this one add a noun each. */
export const builder = new SchemaBuilder<{
  Context: UserContext;
  Access: Action;
  MutationAccess: ChangeRule;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    DateTime: { Input: Date; Output: Date };
  };
}>({ defaultFieldNullability: false, plugins: ["access"], access: userApiGuard });

/** The types of the user API's builder. */
export type UserApiTypes =
  typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

builder.scalarType("JSON", {
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: readJsonLiteral,
});

builder.scalarType("DateTime", {
  description: "An instant as ISO-8601 text in UTC.",
  serialize: (value) => value.toISOString(),
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : undefined),
});

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});

export const RunStatusType = builder.enumType("RunStatus", { values: RUN_STATUSES });

/** A tag of anything. */
export const TagType = builder
  .objectRef<{ readonly key: string; readonly value: string }>("Tag")
  .implement({ fields: (t) => ({ key: t.exposeString("key"), value: t.exposeString("value") }) });

export const TagInputType = builder.inputType("TagInput", {
  fields: (t) => ({ key: t.string({ required: true }), value: t.string({ required: true }) }),
});

export const SourcePositionType = builder
  .objectRef<{ readonly file: string; readonly line: number }>("SourcePosition")
  .implement({ fields: (t) => ({ file: t.exposeString("file"), line: t.exposeInt("line") }) });

/** Tags as lists of pairs: names of fields can't hold every key. */
export function toTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/**
 * Reads the size of a page.
 *
 * @throws BadRequest when it is not between 1 and `max`.
 */
export function readLimit(limit: number, max: number): number {
  if (limit < 1 || limit > max) throw new BadRequest(`\`limit\` must be between 1 and ${max}, not ${limit}`);
  return limit;
}

/**
 * Reads an id that is a UUID.
 *
 * @throws BadRequest
 */
export function readUuid(name: string, text: string): string {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new BadRequest(`\`${name}\` must be a UUID, not "${text.slice(0, 80)}"`);
}

function readInstant(value: unknown): Date {
  const instant =
    typeof value === "string" && /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(value)
      ? new Date(value)
      : null;
  if (instant === null || Number.isNaN(instant.getTime())) {
    throw new BadRequest(
      `An instant as ISO-8601 text with a zone was expected, such as 2024-03-01T12:00:00Z, not ${JSON.stringify(value)}`,
    );
  }
  return instant;
}
