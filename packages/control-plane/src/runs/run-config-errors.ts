import { Validator, type OutputUnit, type Schema } from "@cfworker/json-schema";
import type { Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { RunConfigError } from "./launch-error.ts";

/** Parsed once for each job of a snapshot; snapshots are shared and kept. */
const schemas = new WeakMap<Job, Schema>();

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
  const schema = schemas.get(job) ?? (JSON.parse(job.configSchema || "{}") as Schema);
  schemas.set(job, schema);
  const validator = new Validator(steps === null ? schema : requireOnly(schema, steps), "2020-12", false);
  return selectDeepest(validator.validate(runConfig).errors);
}

/** The schema without the demand for config of steps that do not run. */
function requireOnly(schema: Schema, steps: readonly string[]): Schema {
  const ops = schema.properties?.["ops"] as Schema | undefined;
  if (ops?.required === undefined) return schema;
  const required = ops.required.filter((step: string) => steps.includes(step));
  const stillRequired = schema.required?.filter((name: string) => name !== "ops" || required.length > 0);
  return {
    ...schema,
    ...(stillRequired === undefined ? {} : { required: stillRequired }),
    properties: { ...schema.properties, ops: { ...ops, required } },
  };
}

/** Each error comes with one for every level around it, which only says that something inside is wrong. */
function selectDeepest(errors: readonly OutputUnit[]): RunConfigError[] {
  const deepest = errors.filter(
    (error) => !errors.some((other) => other !== error && isInside(other.keywordLocation, error.keywordLocation)),
  );
  const byText = new Map(deepest.map((error) => [`${error.instanceLocation} ${error.error}`, toRunConfigError(error)]));
  return [...byText.values()];
}

function isInside(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}/`);
}

function toRunConfigError(error: OutputUnit): RunConfigError {
  const path = error.instanceLocation
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
  return { path, message: error.error };
}
