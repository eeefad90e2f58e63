import { parseMultiKey } from "@millrace/model/partitions/multi-key";
import { findPartitionWindow } from "@millrace/model/partitions/partition-keys";
import type { PartitionWindow } from "../../partitions/partition-window.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";
import { SINGLE_OUTPUT } from "../../assets/asset.ts";
import type { PlannedStep } from "../plan/execution-plan.ts";

/**
 * What stands behind the context of a step: asking for a partition where there is none would go on with the word "undefined".
 * Whether there is one, `Object.hasOwn(context, "partitionKey")` tells.
 */
export function withoutPartition(planned: PlannedStep): object {
  // A step that makes several assets may make some with partitions and others without: its code asks.
  const makesOne = planned.outputs.every(({ name }) => name === SINGLE_OUTPUT);
  if (!makesOne && !planned.takesSeveral) return {};
  return Object.defineProperty({}, "partitionKey", {
    get(): never {
      throw new InvalidStepResult(
        planned.takesSeveral
          ? `Step "${planned.key}" makes several partitions at once, because it has a backfill policy: it has partitionKeys, not one partitionKey`
          : `Step "${planned.key}" has no partitionKey: it has no partitions. Did you forget the option \`partitions\`?`,
      );
    },
  });
}

/** What the context of a step says about the partitions it works on; see `PartitionContext`. */
export function partitionsOf(planned: PlannedStep): object {
  const { partitions, partitionKey, partitionKeys, takesSeveral } = planned;
  if (partitions === null || partitionKeys === null) return {};
  if (takesSeveral) return severalOf(partitionKeys, partitions);
  if (partitionKey === null) return {};
  const dimensions =
    partitions.type === "multi" ? { partitionDimensions: parseMultiKey(partitions, partitionKey) } : {};
  const partitionWindow = windowOf(partitions, partitionKey, partitionKey);
  return partitionWindow === null
    ? { partitionKey, ...dimensions }
    : { partitionKey, ...dimensions, partitionWindow };
}

function severalOf(
  partitionKeys: readonly string[],
  partitions: NonNullable<PlannedStep["partitions"]>,
): object {
  const start = partitionKeys[0] ?? "";
  const end = partitionKeys.at(-1) ?? "";
  const partitionWindow = windowOf(partitions, start, end);
  const several = {
    partitionKeys,
    partitionRange: { start, end },
    ...(partitionWindow === null ? {} : { partitionWindow }),
  };
  if (partitions.type === "multi") {
    const keys = partitionKeys.map((key) => parseMultiKey(partitions, key));
    const names = Object.keys(partitions.dimensions);
    const dimensions = names.map((name) => [name, [...new Set(keys.map((each) => each[name]))]]);
    return { ...several, partitionDimensions: Object.fromEntries(dimensions) as object };
  }
  return several;
}

function windowOf(
  partitions: NonNullable<PlannedStep["partitions"]>,
  first: string,
  last: string,
): PartitionWindow | null {
  const from = findPartitionWindow(partitions, first);
  const to = findPartitionWindow(partitions, last);
  return from && to && { start: new Date(from.start), end: new Date(to.end) };
}
