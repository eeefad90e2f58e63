import { sql } from "kysely";
import { endOfRow } from "@millrace/model/partitions/partition-places";
import type { Db } from "../../database/connect.ts";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import { CHUNK_SIZE, chunkOf, countBits } from "../partition-sets/partition-chunk.ts";
import { listTrackedAssets } from "./stale-plan.ts";

interface RowCount {
  readonly key: string;
  /** Null: nothing of the asset is stale. */
  readonly row: string | null;
  readonly isKnown: boolean;
  /** In the chunks that exist as a whole. */
  readonly stale: number;
  /** Of the chunk that exists in part. */
  readonly last: Buffer | null;
}

/**
 * How many partitions of assets are stale, by key, as the daemon has found last; null while it has not looked at all of them by the
 * definitions that are served now. Assets without partitions are left out, and those that others make. No partition is looked at.
 *
 * @param now milliseconds since the epoch: decides which partitions exist.
 * @param keys null: all assets.
 */
export async function countStalePartitions(
  db: Db,
  deploymentId: string,
  catalog: AssetCatalog,
  keys: readonly string[] | null,
  now: number,
): Promise<Map<string, number | null>> {
  const tracked = listTrackedAssets(catalog);
  const wanted = (keys ?? [...tracked.keys()]).flatMap((key) => tracked.get(key) ?? []);
  if (wanted.length === 0) return new Map();
  const ends = wanted.map(({ partitions }) => endOfRow(partitions.definition, "", now) ?? 0);
  const { rows } = await sql<RowCount>`
    select w.key, c.place_row as row, coalesce(s.definitions = w.definitions and s.built_to is null, false) as "isKnown",
      coalesce(sum(c.stale_count) filter (where c.chunk < w.whole), 0)::float8 as stale,
      (array_agg(c.stale) filter (where c.chunk = w.whole))[1] as last
    from unnest(${wanted.map(({ key }) => key)}::text[], ${wanted.map(({ definitions }) => definitions)}::bytea[],
      ${ends.map((end) => (end === Infinity ? MAX_CHUNK : chunkOf(end)))}::integer[]) as w (key, definitions, whole)
    join asset a on a.deployment_id = ${deploymentId} and a.key = w.key
    left join asset_stale_set s on s.asset_id = a.id
    left join asset_stale_chunk c on c.asset_id = s.asset_id and c.chunk <= w.whole and c.stale_count > 0
    group by w.key, c.place_row, 3`.execute(db);
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return new Map(
    wanted.map(({ key, partitions: { definition } }, index) => {
      const found = byKey.get(key) ?? [];
      if (found.some(({ isKnown }) => !isKnown)) return [key, null];
      const end = ends[index] ?? 0;
      const within = end === Infinity ? 0 : end % CHUNK_SIZE;
      const existing = found.filter(({ row }) => row !== null && endOfRow(definition, row, now) !== null);
      return [
        key,
        existing.reduce(
          (sum, { stale, last }) => sum + stale + (last === null ? 0 : countBits(last, within)),
          0,
        ),
      ];
    }),
  );
}

const MAX_CHUNK = 2 ** 31 - 1;
