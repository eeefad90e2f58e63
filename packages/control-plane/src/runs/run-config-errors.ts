import { checkConfig } from "@millrace/model/config/check-config";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import type { Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { RunConfigError } from "./launch-error.ts";

/** Parsed once for each job of a snapshot; snapshots are shared and kept. */
const schemas = new WeakMap<Job, JsonSchema>();

/**
 * What is wrong with a run config, by the JSON Schema of its job; empty when it fits.
 *
 * @param steps the steps that will run, null for all: config that only other steps require may be missing.
 */
export function listRunConfigErrors(
  job: Job,
  runConfig: Readonly<Record<string, unknown>>,
  steps: readonly string[] | null,
): RunConfigError[] {
  const schema = schemas.get(job) ?? (JSON.parse(job.configSchema || "{}") as JsonSchema);
  schemas.set(job, schema);
  const result = checkConfig(steps === null ? schema : requireOnly(schema, steps), runConfig);
  if (result.ok) return [];
  return result.errors.map(({ path, message }) => ({ path: path.join("."), message }));
}

/** The schema without the demand for config of steps that do not run. */
function requireOnly(schema: JsonSchema, steps: readonly string[]): JsonSchema {
  if (typeof schema === "boolean") return schema;
  const ops = schema.properties?.["ops"];
  if (typeof ops !== "object" || ops.required === undefined) return schema;
  const required = ops.required.filter((step) => steps.includes(step));
  return {
    ...schema,
    ...(schema.required === undefined
      ? {}
      : { required: schema.required.filter((name) => name !== "ops" || required.length > 0) }),
    properties: { ...schema.properties, ops: { ...ops, required } },
  };
}
