import { sql } from "kysely";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { knownKeys } from "@millrace/model/partitions/known-keys";
import { emptySubset } from "@millrace/model/partitions/subset-keys";
import {
  intersectSubsets,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "@millrace/model/partitions/subset";
import { stateColumn } from "../assets/partition-sets/partition-set-store.ts";
import type { Db } from "../database/connect.ts";
import type { DefinedTarget } from "./read-targets.ts";

/** How a partition may stand before a backfill. */
export const KEPT_STATES = ["missing", "failed"] as const;
export type KeptState = (typeof KEPT_STATES)[number];

/** Narrows what is wanted to partitions that are missing, or whose newest try has failed. */
export async function keepStates(
  db: Db,
  deploymentId: string,
  targets: readonly DefinedTarget[],
  wanted: ReadonlyMap<string, PartitionsSubset>,
  states: readonly KeptState[],
): Promise<Map<string, PartitionsSubset>> {
  const kept = new Map<string, PartitionsSubset>();
  for (const { key, partitions } of targets) {
    const all = wanted.get(key) ?? emptySubset(partitions);
    const { materialized, failed } = await findStates(db, deploymentId, key, partitions);
    const parts = states.map((state) =>
      state === "failed"
        ? intersectSubsets(all, failed)
        : subtractSubset(subtractSubset(all, materialized), failed),
    );
    kept.set(key, parts.reduce(unionSubsets, emptySubset(partitions)));
  }
  return kept;
}

async function findStates(
  db: Db,
  deploymentId: string,
  key: string,
  partitions: PartitionsDefinition | null,
): Promise<{ readonly materialized: PartitionsSubset; readonly failed: PartitionsSubset }> {
  const { rows } = await (
    partitions === null
      ? sql<{ key: string; state: string }>`
          select '' as key, ${stateColumn("a")} as state from asset a where deployment_id = ${deploymentId} and key = ${key}`
      : sql<{ key: string; state: string }>`
          select p.partition_key as key, ${stateColumn("p")} as state from asset a join asset_partition_state p on p.asset_id = a.id
          where a.deployment_id = ${deploymentId} and a.key = ${key}`
  ).execute(db);
  const subsetOf = (state: string): PartitionsSubset => {
    const keys = rows.filter((row) => row.state === state).map((row) => row.key);
    return partitions === null ? { type: "whole", included: keys.length > 0 } : knownKeys(partitions, keys);
  };
  return { materialized: subsetOf("materialized"), failed: subsetOf("failed") };
}
