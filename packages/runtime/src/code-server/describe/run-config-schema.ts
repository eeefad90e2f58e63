import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import {
  isConfigRequired,
  toJsonSchema,
  type ConfigSchema,
  type JsonSchema,
} from "millrace/internal/config/config-schema";
import type { Hook } from "millrace/internal/hooks/hook";
import type { IoManager } from "millrace/internal/io/io-manager";
import type { Resource, ResourceMap } from "millrace/internal/resources/resource";
import type { JobStep, JobSteps } from "./job-steps.ts";
import { rebaseReferences } from "./rebase-references.ts";
import { listStepIoManagers } from "./step-io-managers.ts";

/** The JSON Schema of the run config of a job: `ops` by the key of the whole step, `resources` by name, each with its own schema. */
export function runConfigSchema(
  definitions: ResolvedDefinitions,
  { steps, graphConfigs }: Pick<JobSteps, "steps" | "graphConfigs">,
  jobHooks: readonly Hook[],
): JsonSchema {
  const configs = new Map(steps.map(({ configKey, computation }) => [configKey, computation.config]));
  const entries = [...[...configs].map(([key, config]) => ({ key, config })), ...graphConfigs];
  const ops = entries.flatMap(({ key, config }) => {
    // What a graph configures need not be given by itself.
    const isMapped = graphConfigs.some((graph) => key.startsWith(`${graph.key}.`));
    return configEntry("ops", key, config, isMapped ? {} : undefined);
  });
  const managers = listStepIoManagers(definitions, steps);
  const resources = [
    ...listResources(definitions, steps, jobHooks, managers.values()).flatMap(
      ({ name, config, boundConfig }) => configEntry("resources", name, config, boundConfig),
    ),
    ...[...managers].flatMap(([name, { config }]) => configEntry("resources", name, config, undefined)),
  ];
  return objectSchema([...sectionEntry("ops", ops), ...sectionEntry("resources", resources)]);
}

interface Entry {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** @param bound config given in code, after which nothing is required any more. */
function configEntry(
  section: "ops" | "resources",
  name: string,
  config: ConfigSchema | null,
  bound: unknown,
): Entry[] {
  if (config === null) return [];
  const place = ["properties", section, "properties", name, "properties", "config"];
  const schema = rebaseReferences(toJsonSchema(config), place);
  const required = bound === undefined && isConfigRequired(schema);
  return [
    { name, schema: objectSchema([{ name: "config", schema: relaxed(schema, bound), required }]), required },
  ];
}

/** Fields that code has given need not be given again. */
function relaxed(schema: JsonSchema, bound: unknown): JsonSchema {
  if (typeof bound !== "object" || bound === null || !Array.isArray(schema["required"])) return schema;
  return { ...schema, required: schema["required"].filter((field) => !(String(field) in bound)) };
}

function sectionEntry(name: string, entries: readonly Entry[]): Entry[] {
  return [{ name, schema: objectSchema(entries), required: entries.some((entry) => entry.required) }];
}

function objectSchema(entries: readonly Entry[]): JsonSchema {
  const required = entries.filter((entry) => entry.required).map((entry) => entry.name);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(({ name, schema }) => [name, schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/**
 * The names under `resources` of a run config that a step's config may come from: resources of the step and of its hooks, and
 * its IO managers, also through others; only those that take config.
 */
export function listConfiguredResources(
  definitions: ResolvedDefinitions,
  step: JobStep,
  jobHooks: readonly Hook[],
): string[] {
  const managers = listStepIoManagers(definitions, [step]);
  const resources = listResources(definitions, [step], jobHooks, managers.values());
  return [
    ...resources.flatMap(({ name, config }) => (config === null ? [] : [name])),
    ...[...managers].flatMap(([name, { config }]) => (config === null ? [] : [name])),
  ];
}

/** The resources that steps, hooks and IO managers need, with those that they need themselves, by name. */
function listResources(
  definitions: ResolvedDefinitions,
  steps: readonly JobStep[],
  jobHooks: readonly Hook[],
  managers: Iterable<IoManager>,
): Resource[] {
  const found = new Map<string, Resource>();
  const visit = (map: ResourceMap): void => {
    for (const { name } of Object.values(map)) {
      const resource = definitions.resources.get(name);
      if (resource === undefined || found.has(name)) continue;
      found.set(name, resource);
      visit(resource.resources);
    }
  };
  for (const { computation } of steps) visit(computation.resources);
  const hooks = new Set([...jobHooks, ...steps.flatMap(({ computation }) => computation.hooks)]);
  for (const hook of hooks) visit(hook.resources);
  for (const manager of managers) visit(manager.resources);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
