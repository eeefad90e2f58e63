import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { RunConfigInvalid } from "./launch-error.ts";
import type { LaunchInput } from "./launch-input.ts";
import type { PartitionsView } from "../../partitions/require-partition.ts";
import { planPartitions, planTarget, type LaunchPlan, type PlannedTarget } from "./plan-launch.ts";
import { listPatternErrors } from "./run-config-errors.ts";

/**
 * Plans launches against one state of the definitions. Those that differ in their partitions only, such as the runs of a backfill,
 * are checked once: their selection and config may be of ten thousand assets.
 *
 * @returns a function that plans one, and throws UnknownDefinition, RunConfigInvalid or BadRequest when it does not fit.
 */
export function createLaunchPlanner(
  locations: readonly ServingSnapshot[],
  view: PartitionsView,
): (input: LaunchInput) => Promise<LaunchPlan> {
  const planned = new Map<string, Promise<PlannedTarget>>();
  return async ({ partitionKey, partitionRange, ...target }) => {
    const name = JSON.stringify(target);
    const known = planned.get(name) ?? planWithPatterns(locations, target);
    planned.set(name, known);
    return planPartitions(await known, { partitionKey, partitionRange }, view);
  };
}

async function planWithPatterns(
  locations: readonly ServingSnapshot[],
  target: Parameters<typeof planTarget>[1],
): Promise<PlannedTarget> {
  const result = planTarget(locations, target);
  const errors = await listPatternErrors(result.plan.patterns);
  if (errors.length > 0) throw new RunConfigInvalid(result.plan.jobName, errors);
  return result;
}
