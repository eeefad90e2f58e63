import { sql } from "kysely";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import { findPartitionPlace, type DynamicNumbers } from "@millrace/model/partitions/partition-places";
import type { Db, Trx } from "../../database/connect.ts";
import type { PartitionState } from "./partition-state.ts";
import {
  chunkOf,
  countBits,
  emptyChunk,
  writeStates,
  type PartitionChunk,
  type PlacedState,
} from "./partition-chunk.ts";
import type { ReadPartitions } from "./read-partitions.ts";

/*
 * Whoever reads a set to change it holds the row of its asset, so changes of one asset's set never overlap.
 */

/** A partition by its key, and what became of it. */
export interface KeyedState {
  readonly key: string;
  readonly state: PartitionState;
}

/** What became of a row of asset_partition_state; the rule is `partitionStateOf`. */
export function stateColumn(table: string): ReturnType<typeof sql<PartitionState>> {
  const at = (name: string) => sql.ref(`${table}.${name}`);
  return sql<PartitionState>`case when ${at("last_failed_at")} > coalesce(${at("last_materialized_at")}, '-infinity') then 'failed'
    when ${at("last_materialized_at")} is null then 'missing' else 'materialized' end`;
}

/** Begins the set of an asset, in place of one by another definition. */
export async function insertPartitionSet(
  trx: Trx,
  deploymentId: string,
  assetId: string,
  partitions: ReadPartitions,
  builtTo: string | null,
): Promise<void> {
  await sql`delete from asset_partition_set where asset_id = ${assetId}`.execute(trx);
  await trx
    .insertInto("asset_partition_set")
    .values({
      asset_id: assetId,
      deployment_id: deploymentId,
      digest: partitions.digest,
      definition: partitions.json,
      dynamic_names: dynamicNamesOf(partitions.definition),
      built_to: builtTo,
    })
    .execute();
}

/** Notes in an asset's set what became of partitions. Keys that the definition does not have are left out. */
export async function writePartitionStates(
  trx: Trx,
  deploymentId: string,
  assetId: string,
  { definition }: ReadPartitions,
  states: readonly KeyedState[],
  dynamic: DynamicNumbers,
): Promise<void> {
  const placed = states.flatMap(({ key, state }): PlacedState[] => {
    const place = findPartitionPlace(definition, key, dynamic);
    return place === null ? [] : [{ place, state }];
  });
  if (placed.length < states.length)
    await sql`update asset_partition_set set has_unknown = true where asset_id = ${assetId} and not has_unknown`.execute(
      trx,
    );
  if (placed.length === 0) return;
  const changes = [
    ...Map.groupBy(placed, ({ place }) => JSON.stringify([place.row, chunkOf(place.number)])).values(),
  ].map((group) => ({
    row: group[0]?.place.row ?? "",
    chunk: chunkOf(group[0]?.place.number ?? 0),
    states: group,
  }));
  const known = await findChunks(trx, assetId, changes);
  const chunks = changes.map((change) => {
    const chunk =
      known.find(({ row, chunk: number }) => row === change.row && number === change.chunk) ??
      emptyChunk(change.row, change.chunk);
    writeStates(chunk, change.states);
    return chunk;
  });
  await trx
    .insertInto("asset_partition_chunk")
    .values(
      chunks.map(({ row, chunk, materialized, failed }) => ({
        asset_id: assetId,
        deployment_id: deploymentId,
        place_row: row,
        chunk,
        materialized,
        failed,
        materialized_count: countBits(materialized),
        failed_count: countBits(failed),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["asset_id", "place_row", "chunk"]).doUpdateSet({
        materialized: sql`excluded.materialized`,
        failed: sql`excluded.failed`,
        materialized_count: sql`excluded.materialized_count`,
        failed_count: sql`excluded.failed_count`,
      }),
    )
    .execute();
}

/** Those of an asset's chunks that are asked for and there. */
export async function findChunks(
  db: Db,
  assetId: string,
  places: readonly Pick<PartitionChunk, "row" | "chunk">[],
): Promise<PartitionChunk[]> {
  const result = await sql<PartitionChunk>`
    select c.place_row as row, c.chunk, c.materialized, c.failed
    from unnest(${places.map(({ row }) => row)}::text[], ${places.map(({ chunk }) => chunk)}::integer[]) as place (row, chunk)
    join asset_partition_chunk c on c.asset_id = ${assetId} and c.place_row = place.row and c.chunk = place.chunk`.execute(
    db,
  );
  return result.rows;
}
