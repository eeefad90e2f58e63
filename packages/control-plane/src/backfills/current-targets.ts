import { ExpectedError } from "@millrace/model/expected-error";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";
import type { Backfill, StoredTarget } from "./backfill-store.ts";
import { readAssetTarget, readJobTarget, type DefinedTarget } from "./read-targets.ts";

/** What a backfill makes is not there any more, or is partitioned in another way. */
export class DefinitionChanged extends ExpectedError {
  readonly code = "definition_changed";
}

/**
 * What a backfill makes as it is defined now: policies, dependencies and code may have changed since it began.
 *
 * @throws DefinitionChanged naming what is gone, or partitioned in another way: sets of its partitions would mean nothing.
 */
export function findCurrentTargets(
  locations: readonly ServingSnapshot[],
  { jobName }: Pick<Backfill, "jobName">,
  stored: readonly StoredTarget[],
): DefinedTarget[] {
  return stored.map((target) => {
    const location = locations.find(({ locationName }) => locationName === target.locationName);
    const asset = location?.assets.get(target.key);
    const job = jobName === target.key ? location?.jobs.get(jobName) : undefined;
    const current =
      location && job?.assetKeys.length === 0
        ? readJobTarget(job, location.locationName)
        : location && asset
          ? readAssetTarget(asset, location)
          : null;
    if (current === null)
      throw new DefinitionChanged(
        `"${target.key}" is not defined by code location "${target.locationName}" any more: launch a new backfill of what is left`,
      );
    if (!isSamePartitions(current.partitions, target.partitions))
      throw new DefinitionChanged(
        `"${target.key}" is partitioned in another way than when the backfill began: launch a new one`,
      );
    return current;
  });
}
