import type { AutomationAssets } from "@millrace/model/automation/asset-state-view";
import { hasPartitionKey } from "@millrace/model/partitions/partition-keys";
import type { AutomationInstanceState } from "./automation-instance.ts";

/**
 * Lets pass what a test has let happen to partitions that the definitions have.
 *
 * @param now milliseconds since the epoch.
 * @throws RangeError
 */
export function requireRecordedPartitions(
  assets: AutomationAssets,
  { updates, inProgress, failed, dynamicKeys }: AutomationInstanceState,
  now: number,
): void {
  const recorded = [
    ...updates.map(({ target, partition }) => [target, partition ?? ""] as const),
    ...[...inProgress, ...failed].flatMap(([key, keys]) =>
      [...keys].map((partition) => [key, partition] as const),
    ),
  ];
  for (const [key, partition] of recorded) {
    const asset = assets.get(key);
    if (asset === undefined) continue;
    const { partitions } = asset;
    if (partitions === null && partition !== "")
      throw new RangeError(
        `Asset "${key}" has no partitions, but the instance was told of its partition "${partition}"`,
      );
    if (partitions !== null && partition === "")
      throw new RangeError(
        `Asset "${key}" is partitioned, but the instance was not told to which partition something happened: give it, as in \`materialize(asset, { partitionKey })\``,
      );
    // Dynamic keys may have been there then.
    if (
      partitions === null ||
      partitions.type === "dynamic" ||
      hasPartitionKey(partitions, partition, now, dynamicKeys)
    )
      continue;
    throw new RangeError(
      `Asset "${key}" has no partition "${partition}", of which the instance was told: it does not have it at ${new Date(now).toISOString()}, the time of the instance`,
    );
  }
}
