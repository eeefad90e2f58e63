import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import type { RunConfig } from "@millrace/model/config/run-config";
import { type ConfigIssue, InvalidConfig } from "../../config/invalid-config.ts";
import { parseConfig } from "../../config/parse-config.ts";
import type { ResourceMap } from "../../resources/resource.ts";
import type { ExecutionPlan, PlannedStep } from "../plan/execution-plan.ts";
import { orderResources } from "./order-resources.ts";
import { listIoManagers, listSelectedSteps } from "../plan/planned-io.ts";
import { listHooks } from "../plan/planned-hooks.ts";
import { parseResourceConfigs } from "./run-resources.ts";
import type { RunScope } from "../scope/run-scope.ts";
import type { RunConfigs } from "../scope/run-configs.ts";

/**
 * Validates the whole run config for the steps that run.
 *
 * @throws InvalidConfig naming everything that is wrong, in all steps and resources.
 */
export async function parseRunConfigs(scope: RunScope, plan: ExecutionPlan): Promise<RunConfigs> {
  const runConfig = mergeRunConfig(plan.job?.config ?? {}, scope.run.runConfig);
  const issues: ConfigIssue[] = [];
  const gather = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof InvalidConfig)) throw error;
      issues.push({ path: "", message: error.message });
      return undefined;
    }
  };
  const steps = new Map<string, unknown>();
  const selected = listSelectedSteps(plan);
  const { mapped, refused } = await mapGraphConfigs(scope, plan, selected, runConfig, issues, gather);
  for (const { key, configKey, computation } of selected) {
    const given = runConfig.ops?.[configKey]?.config ?? mapped.get(configKey);
    if (given === undefined && refused.some((graph) => configKey.startsWith(`${graph}.`))) continue;
    if (computation.config === null && given === undefined) continue;
    const where = `ops.${configKey}.config`;
    steps.set(key, await gather(() => parseConfig(computation.config, given, where, scope.environment)));
  }
  for (const key of Object.keys(scope.run.runConfig.ops ?? {})) {
    if (!isKnownStep(scope, plan, key))
      issues.push({ path: "", message: `ops.${key}: there is no such step` });
  }
  const managers = listIoManagers(scope.definitions, selected);
  const neededResources = orderResources(scope.definitions, [
    ...selected.map((step) => step.computation.resources),
    ...selected.flatMap((step) => listHooks(plan.job, step)).map((hook) => hook.resources),
    ...[...managers.values()].map((manager): ResourceMap => manager.resources),
  ]);
  for (const name of Object.keys(scope.run.runConfig.resources ?? {})) {
    if (scope.definitions.resources.has(name) || scope.definitions.ioManagers.has(name)) continue;
    issues.push({ path: "", message: `resources.${name}: there is no such resource` });
  }
  const resources = await gather(() => parseResourceConfigs(scope, neededResources, runConfig));
  const configs = new Map(resources);
  for (const [name, manager] of managers) {
    const given = runConfig.resources?.[name]?.config;
    const where = `resources.${name}.config`;
    configs.set(name, await gather(() => parseConfig(manager.config, given, where, scope.environment)));
  }
  if (issues.length > 0) throw new InvalidConfig("Run config", issues);
  return { steps, resources: configs, neededResources };
}

/**
 * Configs that graphs give to their steps, by step key, and the keys of graphs whose own config is wrong. An inner graph
 * may get its config from an outer one, which comes first.
 */
async function mapGraphConfigs(
  scope: RunScope,
  plan: ExecutionPlan,
  selected: readonly PlannedStep[],
  runConfig: RunConfig,
  issues: ConfigIssue[],
  gather: <T>(work: () => Promise<T>) => Promise<T | undefined>,
): Promise<{ readonly mapped: ReadonlyMap<string, unknown>; readonly refused: readonly string[] }> {
  const mapped = new Map<string, unknown>();
  const refused: string[] = [];
  for (const { key, config, map, nodes } of plan.graphConfigs) {
    if (!selected.some((step) => step.configKey.startsWith(`${key}.`))) continue;
    const given = runConfig.ops?.[key]?.config ?? mapped.get(key);
    const where = `ops.${key}.config`;
    const value = await gather(() => parseConfig(config, given, where, scope.environment));
    if (value === undefined) {
      refused.push(key);
      continue;
    }
    for (const [name, inner] of Object.entries((map as (config: unknown) => object)(value))) {
      if (nodes.has(name)) mapped.set(`${key}.${name}`, inner);
      else issues.push({ path: "", message: `${where}: mapConfig names "${name}", which takes no config` });
    }
  }
  return { mapped, refused };
}

/** A step of the job, or of any asset: config for steps that this run leaves out does no harm. */
function isKnownStep(scope: RunScope, plan: ExecutionPlan, key: string): boolean {
  if (plan.graphConfigs.some((graph) => graph.key === key)) return true;
  if (scope.definitions.computations.has(key)) return true;
  if ([...plan.steps.values()].some(({ configKey }) => configKey === key)) return true;
  const made = key.slice(0, key.indexOf("."));
  if (!plan.steps.has(made) && scope.definitions.computations.get(made)?.graph) return true;
  return [...scope.definitions.checks.values()].some((check) => check.computation.stepKey === key);
}
