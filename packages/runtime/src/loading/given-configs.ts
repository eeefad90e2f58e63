import type { JsonSchema } from "@millrace/model/config/json-schema";
import type { ConfigSchema } from "millrace/internal/config/config-schema";
import { listDocumentProblems, listGivenProblems } from "millrace/internal/config/given-config";
import { InvalidConfig, type ConfigIssue } from "millrace/internal/config/invalid-config";
import { DefinitionError, describeDefinition } from "millrace/internal/definition/definition-error";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import type { Job } from "millrace/internal/jobs/job";
import { listJobSteps } from "../code-server/describe/job-steps.ts";
import { runConfigSchema } from "../code-server/describe/run-config-schema.ts";

/**
 * Checks the config that definitions hold themselves, of `withConfig(…)` and of jobs, as a launch would: else the first run that has it
 * fails.
 *
 * @throws DefinitionError for the first one that does not fit, with its place.
 */
export function refuseWrongConfigs(definitions: ResolvedDefinitions): void {
  for (const { name, config, boundConfig, boundAt, source } of definitions.resources.values()) {
    if (boundConfig === undefined) continue;
    const issues =
      config === null ? [{ path: "", message: "takes no config" }] : listGivenProblems(config, boundConfig);
    refuse(describeDefinition("resource", name, { source: boundAt ?? source }), "withConfig", issues);
  }
  for (const job of definitions.jobs.values())
    if (Object.keys(job.config).length > 0)
      refuse(describeDefinition("job", job.name, job), "config", listJobProblems(definitions, job));
}

function refuse(what: string, where: string, issues: readonly ConfigIssue[]): void {
  if (issues.length === 0) return;
  const cause = new InvalidConfig(where, issues);
  throw new DefinitionError("invalid_config", `${what}: ${cause.message}`, { cause });
}

function listJobProblems(definitions: ResolvedDefinitions, job: Job): readonly ConfigIssue[] {
  const steps = listJobSteps(definitions, job);
  const schema = runConfigSchema(definitions, steps, job.hooks) as JsonSchema;
  const ofDocument = listDocumentProblems(schema, job.config);
  if (ofDocument.length > 0) return ofDocument;
  // What a JSON Schema has no words for, the schemas themselves say.
  const ops = new Map<string, ConfigSchema | null>([
    ...steps.steps.map(({ configKey, computation }) => [configKey, computation.config] as const),
    ...steps.graphConfigs.map(({ key, config }) => [key, config] as const),
  ]);
  const named = [
    ...Object.entries(job.config.ops ?? {}).map(
      ([name, given]) => [`ops.${name}.config`, ops.get(name) ?? null, given] as const,
    ),
    ...Object.entries(job.config.resources ?? {}).map(([name, given]) => {
      const { config } = definitions.resources.get(name) ??
        definitions.ioManagers.get(name) ?? { config: null };
      return [`resources.${name}.config`, config, given] as const;
    }),
  ];
  return named.flatMap(([place, config, given]) =>
    config === null || given.config === undefined
      ? []
      : listGivenProblems(config, given.config).map(({ path, message }) => ({
          path: path === "" || path.startsWith("[") ? `${place}${path}` : `${place}.${path}`,
          message,
        })),
  );
}
