import { matchPatterns } from "../../config/match-patterns.ts";
import { checkConfig, type PatternCheck } from "@millrace/model/config/check-config";
import type { JsonSchema, JsonSchemaObject } from "@millrace/model/config/json-schema";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type { Job, JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { RunConfigError } from "./launch-error.ts";

/** Parsed once for each job of a snapshot; snapshots are shared and kept. */
const schemas = new WeakMap<Job, JsonSchema>();

function getSchema(job: Job): JsonSchema {
  const schema = schemas.get(job) ?? (JSON.parse(job.configSchema || "{}") as JsonSchema);
  schemas.set(job, schema);
  return schema;
}

/** What is known of a run config without trying the patterns that its author wrote. */
export interface CheckedRunConfig {
  /** Empty when it fits. */
  readonly errors: readonly RunConfigError[];
  /** What fits only if it matches, see `listPatternErrors`. */
  readonly patterns: readonly PatternCheck[];
}

/**
 * What is wrong with a run config, by the JSON Schema of its job.
 *
 * @param steps the steps that will run, null for all: config that only other steps require may be missing.
 */
export function checkRunConfig(
  job: Job,
  runConfig: Readonly<Record<string, unknown>>,
  steps: readonly string[] | null,
): CheckedRunConfig {
  const schema = getSchema(job);
  const result = checkConfig(
    steps === null ? schema : narrowSections(schema, job, steps, requireOnly),
    runConfig,
    { environmentValues: true, patterns: "defer" },
  );
  return result.ok
    ? { errors: [], patterns: result.patterns ?? [] }
    : { errors: result.errors.map(toRunConfigError), patterns: [] };
}

/**
 * What does not match the patterns of a run config. They are tried in a thread that is ended when it takes too long: then the run's
 * worker, which has the code, is the one that says.
 */
export async function listPatternErrors(patterns: readonly PatternCheck[]): Promise<RunConfigError[]> {
  const matches = await matchPatterns(patterns.map(({ pattern, text }) => ({ pattern, text })));
  return patterns.filter((_, index) => matches?.[index] === false).map(toRunConfigError);
}

function toRunConfigError({ path, message }: Pick<PatternCheck, "path" | "message">): RunConfigError {
  return { path: path.join("."), message };
}

/**
 * The part of a job's config schema that concerns these steps: their own config and that of the resources they need. Config of
 * others may stand in a run config all the same; it has no effect.
 *
 * @param steps null: all, so the schema as it is.
 */
export function narrowConfigSchema(job: Job, steps: readonly string[] | null): JsonSchema {
  const schema = getSchema(job);
  return steps === null ? schema : narrowSections(schema, job, steps, keepOnly);
}

/** Whether the steps need an entry of a section of the run config. */
type Needed = Readonly<Record<"ops" | "resources", (name: string) => boolean>>;

/**
 * The ops of a graph asset are steps of their own, named after it; a graph is configured under the name its ops begin with, and
 * parts of a step under that of the whole.
 */
function findNeeded(job: Job, selected: readonly string[]): Needed {
  const byName = getStepsByName(job);
  const steps = selected.flatMap((key) => byName.get(parseStepKey(key).stepKey) ?? []);
  const ops = new Set(steps.flatMap(({ key, partOf }) => listOuterNames(partOf ?? key)));
  const resources = new Set(steps.flatMap((step) => step.configuredResources));
  return { ops: (name) => ops.has(name), resources: (name) => resources.has(name) };
}

const stepsByName = new WeakMap<Job, ReadonlyMap<string, readonly JobStep[]>>();

/** The steps of a job by each name that selects them, made once for each job: a round launches dozens of runs of ten thousand steps. */
function getStepsByName(job: Job): ReadonlyMap<string, readonly JobStep[]> {
  const known = stepsByName.get(job);
  if (known) return known;
  const byName = new Map<string, JobStep[]>();
  for (const step of job.steps)
    for (const name of new Set([...listOuterNames(step.partOf ?? step.key), ...listOuterNames(step.key)])) {
      const steps = byName.get(name);
      if (steps) steps.push(step);
      else byName.set(name, [step]);
    }
  stepsByName.set(job, byName);
  return byName;
}

/** `a.b.c` with the names of the graphs around it: `a`, `a.b`, `a.b.c`. */
function listOuterNames(key: string): string[] {
  const parts = key.split(".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}

type Narrow = (section: JsonSchemaObject, isNeeded: (name: string) => boolean) => JsonSchemaObject;

function requireOnly(section: JsonSchemaObject, isNeeded: (name: string) => boolean): JsonSchemaObject {
  return { ...section, required: (section.required ?? []).filter(isNeeded) };
}

function keepOnly(section: JsonSchemaObject, isNeeded: (name: string) => boolean): JsonSchemaObject {
  const { additionalProperties: _, ...open } = requireOnly(section, isNeeded);
  const kept = Object.entries(section.properties ?? {}).filter(([name]) => isNeeded(name));
  return { ...open, properties: Object.fromEntries(kept) };
}

function narrowSections(schema: JsonSchema, job: Job, steps: readonly string[], narrow: Narrow): JsonSchema {
  if (typeof schema === "boolean") return schema;
  let needed: Needed | null = null;
  const properties = { ...schema.properties };
  const optional: string[] = [];
  for (const name of ["ops", "resources"] as const) {
    const section = properties[name];
    if (typeof section !== "object") continue;
    needed ??= findNeeded(job, steps);
    const narrowed = narrow(section, needed[name]);
    properties[name] = narrowed;
    if (narrowed.required?.length === 0) optional.push(name);
  }
  const required = (schema.required ?? []).filter((name) => !optional.includes(name));
  return { ...schema, properties, required };
}
