import { sql } from "kysely";
import { endOfRow } from "@millrace/model/partitions/partition-places";
import type { Db } from "../../database/connect.ts";
import { findPartitionSets, type PartitionedAsset } from "./find-partition-sets.ts";
import { CHUNK_SIZE, chunkOf, countBits } from "./partition-chunk.ts";

/** How many partitions that exist are materialized, and how many failed. */
export interface PartitionCounts {
  readonly materialized: number;
  readonly failed: number;
}

interface RowCounts {
  readonly key: string;
  readonly row: string;
  /** In the chunks that exist as a whole. */
  readonly materialized: number;
  readonly failed: number;
  /** Of the chunk that exists in part. */
  readonly lastMaterialized: Buffer | null;
  readonly lastFailed: Buffer | null;
}

/**
 * The counts of assets by key, from the counts of their sets: no partition is looked at.
 *
 * @param now milliseconds since the epoch: decides which partitions exist.
 */
export async function countPartitionStates(
  db: Db,
  deploymentId: string,
  assets: readonly PartitionedAsset[],
  now: number,
): Promise<Map<string, PartitionCounts>> {
  const ids = await findPartitionSets(db, deploymentId, assets);
  const wanted = assets.flatMap((asset) => {
    const id = ids.get(asset.key);
    return id === undefined ? [] : [{ ...asset, id, end: endOfRows(asset, now) }];
  });
  const { rows } = await sql<RowCounts>`
    select w.key, c.place_row as row,
      coalesce(sum(c.materialized_count) filter (where c.chunk < w.whole), 0) as materialized,
      coalesce(sum(c.failed_count) filter (where c.chunk < w.whole), 0) as failed,
      (array_agg(c.materialized) filter (where c.chunk = w.whole))[1] as "lastMaterialized",
      (array_agg(c.failed) filter (where c.chunk = w.whole))[1] as "lastFailed"
    from unnest(${wanted.map(({ key }) => key)}::text[], ${wanted.map(({ id }) => id)}::uuid[],
      ${wanted.map(({ end }) => (end === Infinity ? MAX_CHUNK : chunkOf(end)))}::integer[]) as w (key, id, whole)
    join asset_partition_chunk c on c.asset_id = w.id and c.chunk <= w.whole
    group by w.key, c.place_row`.execute(db);
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return new Map(
    wanted.map((asset) => {
      const existing = (byKey.get(asset.key) ?? []).filter(
        ({ row }) => endOfRow(asset.partitions.definition, row, now) !== null,
      );
      const within = asset.end === Infinity ? 0 : asset.end % CHUNK_SIZE;
      const bitsOf = (bitmap: Buffer | null) => (bitmap === null ? 0 : countBits(bitmap, within));
      return [
        asset.key,
        {
          materialized: existing.reduce(
            (sum, row) => sum + row.materialized + bitsOf(row.lastMaterialized),
            0,
          ),
          failed: existing.reduce((sum, row) => sum + row.failed + bitsOf(row.lastFailed), 0),
        },
      ];
    }),
  );
}

const MAX_CHUNK = 2 ** 31 - 1;

/** Where every row that exists ends: the last open dimension is the same in all. */
function endOfRows({ partitions }: PartitionedAsset, now: number): number {
  return endOfRow(partitions.definition, "", now) ?? 0;
}
