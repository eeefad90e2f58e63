import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { AutomationPlan } from "@millrace/model/automation/automation-plan";
import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import { subtractSubset, unionSubsets, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { listOpenBackfills, listTargets } from "../backfills/backfill-store.ts";
import type { Db } from "../database/connect.ts";
import { readRunChanges } from "../events/change-feed.ts";
import { findDynamicKeys } from "../partitions/dynamic-partition-store.ts";

/** Changes that are read at once. */
const BATCH = 5_000;

/** What the feed tells of runs. */
export interface RunNews {
  readonly runIds: ReadonlySet<string>;
  /** When those that failed did, in milliseconds since the epoch. */
  readonly failures: ReadonlyMap<string, number>;
  readonly upTo: number;
}

/** What has happened to runs since a number of the feed. */
export async function readRunNews(db: Db, deploymentId: string, after: number): Promise<RunNews> {
  const runIds = new Set<string>();
  const failures = new Map<string, number>();
  let upTo = after;
  for (let count = BATCH; count === BATCH;) {
    const page = await readRunChanges(db, deploymentId, upTo, BATCH);
    for (const { runId, status, happenedAt } of page.changes) {
      runIds.add(runId);
      if (status === "FAILURE") failures.set(runId, happenedAt.getTime());
      else failures.delete(runId);
    }
    ({ upTo } = page);
    count = page.changes.length;
  }
  return { runIds, failures, upTo };
}

/** What open backfills have yet to make, by asset. */
export async function readBackfills(
  db: Db,
  deploymentId: string,
  { assets }: AutomationPlan,
): Promise<Map<string, PartitionsSubset>> {
  const left = new Map<string, PartitionsSubset>();
  for (const id of await listOpenBackfills(db, deploymentId))
    for (const { key, partitions, targeted, materialized, failed, skipped } of await listTargets(db, id)) {
      const asset = assets.get(key);
      if (!asset || !isSamePartitions(asset.partitions, partitions)) continue;
      const rest = [materialized, failed, skipped].reduce(subtractSubset, targeted);
      const known = left.get(key);
      left.set(key, known ? unionSubsets(known, rest) : rest);
    }
  return left;
}

/** The dynamic partitions that assets are partitioned by: the assets of each name. */
export function findDynamicAssets({ assets }: AutomationPlan): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, string[]>();
  for (const { key, partitions } of assets.values())
    for (const name of partitions === null ? [] : dynamicNamesOf(partitions)) {
      const known = byName.get(name);
      if (known) known.push(key);
      else byName.set(name, [key]);
    }
  return byName;
}

/** The present keys of these dynamic partitions. */
export function readDynamicKeys(db: Db, deploymentId: string, names: Iterable<string>): Promise<DynamicKeys> {
  return findDynamicKeys(db, deploymentId, [...names]);
}
