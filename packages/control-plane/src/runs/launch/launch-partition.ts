import { requirePartition, type PartitionsView } from "../../partitions/require-partition.ts";
import { PartitionRequired, UnknownDefinition } from "../../api/unknown-definition.ts";
import {
  maxPartitionsPerRun,
  parseBackfillPolicy,
  type BackfillPolicy,
} from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { RunPartitions } from "@millrace/model/runs/run-target";
import {
  countPartitionKeysInRange,
  listPartitionKeysInRange,
} from "@millrace/model/partitions/partition-keys";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { BadRequest } from "../../api/bad-request.ts";
import { readPartitions } from "../../assets/partition-sets/read-partitions.ts";
import { orUnknownDefinition } from "./or-unknown-definition.ts";

/** Partitions that one run may have. */
export const MAX_PARTITIONS_PER_RUN = 10_000;

/** Something in a run that is partitioned. */
export interface Partitioned {
  /** Such as `Asset "orders"`. */
  readonly what: string;
  readonly definition: PartitionsDefinition;
}

/**
 * Checks that a run's partitions are partitions of everything partitioned in it, and that it has some if anything is.
 *
 * @param isWhole whether all of the job is to run, rather than some of its assets: then its own partitions matter too.
 * @param checked assets that are not made, but checked partition by partition.
 * @returns all keys of a range, in order; null for one partition or none.
 * @throws UnknownDefinition when a partition is missing, or not there.
 * @throws BadRequest when a range can't be made in one run.
 */
export function requirePartitions(
  job: Job,
  isWhole: boolean,
  assets: readonly Asset[],
  wanted: RunPartitions,
  view: PartitionsView,
  checked: readonly Asset[] = [],
): readonly string[] | null {
  const partitioned = listPartitioned(isWhole ? job : null, [...assets, ...checked]);
  const { partitionKey, partitionRange } = wanted;
  const [first] = partitioned;
  if (partitionKey !== null && partitionRange !== null)
    throw new BadRequest("Give either `partitionKey` or `partitionRange`, not both");
  if (partitionKey === null && partitionRange === null) {
    if (first === undefined) return null;
    throw new PartitionRequired(
      `${first.what} is partitioned: give a \`partitionKey\` or a \`partitionRange\``,
    );
  }
  if (first === undefined) {
    const asked = partitionKey ?? `${partitionRange?.start}...${partitionRange?.end}`;
    throw new UnknownDefinition(`There is no partition "${asked}": nothing in the run is partitioned`);
  }
  if (partitionRange !== null) {
    const ofOps = findMadeByOps(job, assets);
    if (ofOps !== null)
      throw new BadRequest(
        `${ofOps} is made of ops, which work on one partition at a time: launch a run for each`,
      );
    const keys = requireSameRange(partitioned, first, partitionRange, view);
    requireAllowed(assets, keys.length);
    return keys;
  }
  for (const { what, definition } of partitioned)
    requirePartition(what, definition, partitionKey ?? "", view);
  return null;
}

/** What code of ops makes, which takes one partition at a time: the job, or one of the assets; null: nothing. */
function findMadeByOps(job: Job, assets: readonly Asset[]): string | null {
  const ops = job.steps.filter(({ kind }) => kind === "op");
  if (ops.length === 0) return null;
  if (job.assetKeys.length === 0) return `Job "${job.name}"`;
  const byOps = assets.find(
    ({ partitions, stepKey }) => partitions && ops.some(({ key }) => key.startsWith(`${stepKey}.`)),
  );
  return byOps ? `Asset "${byOps.key}"` : null;
}

/** Assets without a policy of their own take one partition after the other, however many there are. */
function requireAllowed(assets: readonly Asset[], count: number): void {
  for (const asset of assets) {
    const policy = backfillPolicyOf(asset);
    const max = policy === null ? Infinity : maxPartitionsPerRun([policy]);
    if (count > max) {
      throw new BadRequest(
        `Asset "${asset.key}" takes at most ${max} partitions in one run, and the range has ${count}: launch several`,
      );
    }
  }
}

/** How many partitions of an asset a run may have, as its code says. */
export function backfillPolicyOf(asset: Asset): BackfillPolicy | null {
  return asset.backfillPolicy === undefined ? null : parseBackfillPolicy(JSON.parse(asset.backfillPolicy));
}

/** What is partitioned in a run, each definition once. */
export function listPartitioned(job: Job | null, assets: readonly Asset[]): Partitioned[] {
  const found = new Map<PartitionsDefinition, string>();
  const note = (described: Asset["partitions"], what: string): void => {
    if (described === undefined) return;
    const { definition } = readPartitions(described);
    if (!found.has(definition)) found.set(definition, what);
  };
  if (job !== null) note(job.partitions, `Job "${job.name}"`);
  for (const { key, partitions } of assets) note(partitions, `Asset "${key}"`);
  return [...found].map(([definition, what]) => ({ what, definition }));
}

function requireSameRange(
  partitioned: readonly Partitioned[],
  first: Partitioned,
  range: PartitionKeyRange,
  view: PartitionsView,
): string[] {
  const keys = keysInRange(first, range, view);
  const other = partitioned.find((candidate) => {
    const others = keysInRange(candidate, range, view);
    return others.length !== keys.length || others.some((key, i) => key !== keys[i]);
  });
  if (other === undefined) return keys;
  throw new BadRequest(
    `${first.what} and ${other.what} have different partitions from "${range.start}" to "${range.end}": launch a run for each`,
  );
}

function keysInRange(
  { what, definition }: Partitioned,
  range: PartitionKeyRange,
  view: PartitionsView,
): string[] {
  requirePartition(what, definition, range.start, view);
  requirePartition(what, definition, range.end, view);
  const count = orUnknownDefinition(() =>
    countPartitionKeysInRange(definition, range.start, range.end, view.dynamicKeys),
  );
  if (count === 0)
    throw new BadRequest(
      `Partition "${range.start}" comes after "${range.end}": give the first one as \`start\``,
    );
  if (count > MAX_PARTITIONS_PER_RUN) {
    throw new BadRequest(
      `A run can have ${MAX_PARTITIONS_PER_RUN} partitions, and from "${range.start}" to "${range.end}" there are ${count}: launch several`,
    );
  }
  return listPartitionKeysInRange(definition, range.start, range.end, view.dynamicKeys);
}
