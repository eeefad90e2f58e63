import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { Asset } from "../../assets/asset-definition.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Job } from "../../jobs/job.ts";
import { chooseTargets } from "./choose-targets.ts";
import type { PlanRequest } from "./plan-request.ts";

/**
 * The dynamic partitions whose keys the deployment must be asked for before a run of assets can be planned, by name.
 *
 * @throws InvalidRunRequest when the request does not fit the definitions.
 */
export function listNeededDynamicNames(
  definitions: ResolvedDefinitions,
  job: Job | null,
  request: PlanRequest,
): string[] {
  if (!hasDynamicPartitions(definitions)) return [];
  const names = new Set<string>();
  const add = (partitions: Asset["partitions"]): void => {
    for (const name of partitions ? dynamicNamesOf(partitions) : []) names.add(name);
  };
  const { assets, checks } = chooseTargets(definitions, job, request);
  const made = [
    ...assets.values(),
    ...[...checks.values()].map(({ partitions, computation }) => ({
      partitions,
      dependencies: computation.dependencies,
    })),
  ];
  for (const { partitions, dependencies } of made) {
    if (request.partitionRange) add(partitions);
    for (const { key, loadsValue, partitions: known } of dependencies)
      if (loadsValue) add(definitions.assets.get(key)?.partitions ?? known);
  }
  return [...names];
}

/** Most locations have none: to see that is cheaper than to select what a run makes. */
function hasDynamicPartitions(definitions: ResolvedDefinitions): boolean {
  const isDynamic = (partitions: Asset["partitions"]): boolean =>
    partitions !== undefined && dynamicNamesOf(partitions).length > 0;
  const ofChecks = [...definitions.checks.values()].map(({ computation }) => computation.dependencies);
  const ofAssets = [...definitions.assets.values()];
  return (
    ofAssets.some(({ partitions }) => isDynamic(partitions)) ||
    [...ofAssets.map(({ dependencies }) => dependencies), ...ofChecks].some((dependencies) =>
      dependencies.some(({ partitions }) => isDynamic(partitions)),
    )
  );
}
