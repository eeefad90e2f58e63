import { ExpectedError } from "@millrace/model/expected-error";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { checkSpec, type CheckSpec } from "./check-spec.ts";
import type { CheckSeverity } from "./check-result.ts";

/** The name of the check that every asset with a schema has. */
export const SCHEMA_CHECK = "schema";

/** Any Standard Schema (https://standardschema.dev) of values of type `I`, such as one of zod, Valibot or ArkType. */
export interface ValueSchema<I = unknown> {
  readonly "~standard": StandardSchemaV1.Props<I, unknown>;
}

/**
 * What the value of an asset must be. A value that does not match fails the step before anything is stored; with the severity
 * `WARN` it is stored all the same, and only the check says what is wrong.
 */
export type SchemaInput<I = unknown> =
  | ValueSchema<I>
  | { readonly schema: ValueSchema<I>; readonly severity: CheckSeverity };

/** What an asset may be that has a schema of `I`: rows of an array may also be returned one after the other. */
export type ValueOfSchema<I> = unknown extends I
  ? unknown
  : I extends readonly (infer Row)[]
    ? I | AsyncIterable<Row> | IterableIterator<Row>
    : I;

/** The schema of an asset's value, read. */
export interface AssetSchema {
  readonly standard: ValueSchema["~standard"];
  /** How bad a value is that does not match. */
  readonly severity: CheckSeverity;
}

/** A `schema` that is none. */
export class InvalidSchema extends ExpectedError {
  readonly code = "invalid_schema";
}

/** Reads the option `schema`. @throws InvalidSchema */
export function parseSchema(input: SchemaInput | undefined): AssetSchema | null {
  if (input === undefined) return null;
  const { schema, severity } = "~standard" in input ? { schema: input, severity: "ERROR" as const } : input;
  const standard: unknown = (schema as Partial<ValueSchema> | null)?.["~standard"];
  if (typeof standard !== "object" || standard === null || !("validate" in standard))
    throw new InvalidSchema(
      "`schema` must be a Standard Schema, such as z.array(z.object({ id: z.number() })) of zod, or { schema, severity }",
    );
  if (severity !== "WARN" && severity !== "ERROR")
    throw new InvalidSchema(
      `The \`severity\` of \`schema\` must be "WARN" or "ERROR", not ${JSON.stringify(severity)}`,
    );
  return { standard: schema["~standard"], severity };
}

/** The checks of an asset with that of its schema. @throws InvalidSchema when one has its name. */
export function withSchemaCheck(
  checks: readonly CheckSpec[],
  schema: AssetSchema | null,
): readonly CheckSpec[] {
  if (schema === null) return checks;
  if (checks.some(({ name }) => name === SCHEMA_CHECK))
    throw new InvalidSchema(
      `It has a \`schema\` and a check "${SCHEMA_CHECK}", which is how the check of its schema is called: rename yours`,
    );
  const { severity } = schema;
  const description = "Whether the value matches the asset's schema.";
  return [...checks, checkSpec(SCHEMA_CHECK, { description, severity, blocking: severity === "ERROR" })];
}
