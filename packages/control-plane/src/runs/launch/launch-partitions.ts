import { maxPartitionsPerRun } from "@millrace/model/partitions/backfill-policy";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import {
  countPartitionKeysInRange,
  listPartitionKeysInRange,
} from "@millrace/model/partitions/partition-keys";
import { splitIntoRuns } from "@millrace/model/partitions/split-into-runs";
import { subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import type { Asset } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { listNamedSnapshots } from "../../locations/serving-snapshot.ts";
import { listDynamicNames } from "../../partitions/dynamic-names.ts";
import { findDynamicKeys } from "../../partitions/dynamic-partition-store.ts";
import { backfillPolicyOf, listPartitioned } from "./launch-partition.ts";
import { launchRuns, type LaunchContext, type LaunchRequest } from "./launch-runs.ts";
import { findLaunched } from "./find-launched.ts";
import type { LaunchInput } from "./launch-input.ts";
import { BadRequest } from "../../api/bad-request.ts";
import type { Run } from "../run-store.ts";
import { orUnknownDefinition } from "./or-unknown-definition.ts";

/** Runs that one request may launch. */
const MAX_RUNS = 1_000;

/** Partitions that one request may name, those of ranges that overlap counted twice. */
const MAX_PARTITIONS = 100_000;

/** What to run for many partitions. */
export interface PartitionsLaunchInput extends Omit<LaunchInput, "partitionKey" | "partitionRange"> {
  /** Together they are what is asked for; they may overlap. */
  readonly partitionRanges: readonly PartitionKeyRange[];
}

/**
 * Launches as many runs for many partitions as the backfill policies of their assets ask for: one for each partition,
 * unless all of them take several. All of them are launched, or none. Two launches with one key are the same runs.
 *
 * @throws UnknownDefinition, RunConfigInvalid, BadRequest
 */
export async function launchPartitions(
  db: Db,
  deploymentId: string,
  input: PartitionsLaunchInput,
  { origin, key: ownKey }: Pick<LaunchRequest, "origin" | "key">,
  context: LaunchContext,
): Promise<Run[]> {
  const { partitionRanges, ...rest } = input;
  const locations = await listNamedSnapshots(db, deploymentId, input.locationName);
  const { job, assets } = findLaunched(locations, input);
  const [first] = listPartitioned(input.assetSelection === null ? job : null, assets);
  if (first === undefined) throw new BadRequest("Nothing that is named here is partitioned: launch a run");
  const dynamicKeys = await findDynamicKeys(db, deploymentId, listDynamicNames(locations));
  requireFew(
    partitionRanges.reduce(
      (sum, { start, end }) =>
        sum + orUnknownDefinition(() => countPartitionKeysInRange(first.definition, start, end, dynamicKeys)),
      0,
    ),
  );
  const runs = orUnknownDefinition(() => {
    const keys = partitionRanges.flatMap(({ start, end }) =>
      listPartitionKeysInRange(first.definition, start, end, dynamicKeys),
    );
    const subset = subsetOfKeys(first.definition, keys);
    return splitIntoRuns(first.definition, subset, maxPartitionsOf(assets), dynamicKeys);
  });
  if (runs.length === 0) throw new BadRequest("`partitionRanges` names no partition");
  if (runs.length > MAX_RUNS)
    throw new BadRequest(
      `That would be ${runs.length} runs, more than ${MAX_RUNS}: launch fewer partitions at once`,
    );
  const requests = runs.map(({ start, end }): LaunchRequest => {
    const partitions =
      start === end
        ? { partitionKey: start, partitionRange: null }
        : { partitionKey: null, partitionRange: { start, end } };
    const key = ownKey === null ? null : JSON.stringify([ownKey, start, end]);
    return { target: { ...rest, ...partitions }, origin, key, lineage: null };
  });
  return inTransaction(db, async (trx) => {
    const outcomes = await launchRuns(trx, deploymentId, requests, context);
    return outcomes.map((outcome) => {
      if (outcome.kind === "refused") throw outcome.error;
      return outcome.run;
    });
  });
}

/** Partitions are counted before their keys are made: a range may be as long as a mistyped year makes it. */
function requireFew(count: number): void {
  if (count > MAX_PARTITIONS)
    throw new BadRequest(
      `That would be ${count} partitions, more than ${MAX_PARTITIONS}: launch fewer at once`,
    );
}

/** Jobs of ops have one partition a run. */
function maxPartitionsOf(assets: readonly Asset[]): number {
  const partitioned = assets.filter(({ partitions }) => partitions !== undefined);
  return partitioned.length === 0 ? 1 : maxPartitionsPerRun(partitioned.map(backfillPolicyOf));
}
