import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { hasPartitionKey } from "@millrace/model/partitions/partition-keys";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { UnknownDefinition } from "./launch-error.ts";

/**
 * Checks that a run's partition is one of everything partitioned in it, and that it has one if anything is partitioned.
 *
 * @param job null when only some assets of the job are selected: then only those matter.
 * @throws UnknownDefinition
 */
export function requirePartition(
  job: Job | null,
  assets: readonly Asset[],
  partitionKey: string | null,
  now: number,
): void {
  const partitioned = [
    ...(job?.partitions ? [{ what: `Job "${job.name}"`, json: job.partitions.json }] : []),
    ...assets.flatMap(({ key, partitions }) =>
      partitions ? [{ what: `Asset "${key}"`, json: partitions.json }] : [],
    ),
  ];
  if (partitionKey === null) {
    const [first] = partitioned;
    if (first !== undefined)
      throw new UnknownDefinition(`${first.what} is partitioned: give a \`partitionKey\``);
    return;
  }
  if (partitioned.length === 0) {
    throw new UnknownDefinition(`There is no partition "${partitionKey}": nothing in the run is partitioned`);
  }
  const checked = new Set<string>();
  for (const { what, json } of partitioned) {
    if (checked.has(json)) continue;
    checked.add(json);
    if (!hasKey(JSON.parse(json) as PartitionsDefinition, partitionKey, now)) {
      throw new UnknownDefinition(`${what} has no partition "${partitionKey}"`);
    }
  }
}

function hasKey(definition: PartitionsDefinition, key: string, now: number): boolean {
  // Which keys of dynamic partitions there are is known where they are added: in the user's code.
  return definition.type === "dynamic" || hasPartitionKey(definition, key, now);
}
