import { isTimePartitions, type DynamicKeys, type PartitionsDefinition } from "./definition.ts";
import type { PartitionKeyRange } from "./key-range.ts";
import { listDimensions, splitMultiKey } from "./multi-key.ts";
import { countPartitionKeysInRange, listPartitionKeysInRange } from "./partition-keys.ts";
import { emptySubset, productSubset } from "./subset-keys.ts";
import type { PartitionsSubset } from "./subset.ts";
import { windowGrid } from "./window-grid.ts";
import { getWindowOfKey } from "./window-keys.ts";

/**
 * The partitions of a range, whether or not those of time exist yet; empty when its ends are in reverse order. Windows of time are
 * not enumerated.
 *
 * @throws UnknownPartitionKey
 */
export function subsetOfRange(
  definition: PartitionsDefinition,
  { start, end }: PartitionKeyRange,
  dynamicKeys: DynamicKeys = {},
): PartitionsSubset {
  if (definition.type === "multi") {
    const from = splitMultiKey(definition, start);
    const to = splitMultiKey(definition, end);
    const included = listDimensions(definition).map(([, single], i) =>
      subsetOfRange(single, { start: from[i] ?? "", end: to[i] ?? "" }, dynamicKeys),
    );
    return productSubset(definition, included);
  }
  if (!isTimePartitions(definition))
    return { type: "keys", keys: new Set(listPartitionKeysInRange(definition, start, end, dynamicKeys)) };
  if (countPartitionKeysInRange(definition, start, end) === 0) return emptySubset(definition);
  const grid = windowGrid(definition);
  return {
    type: "windows",
    ranges: [{ start: getWindowOfKey(grid, start).start, end: getWindowOfKey(grid, end).end }],
  };
}
