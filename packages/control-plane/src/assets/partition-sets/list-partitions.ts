import { sql } from "kysely";
import {
  findPartitionPlace,
  partitionsBackFrom,
  type DynamicNumbers,
  type PartitionPlace,
} from "@millrace/model/partitions/partition-places";
import type { Db } from "../../database/connect.ts";
import type { PartitionState } from "./partition-state.ts";
import { findPartitionSets, type PartitionedAsset } from "./find-partition-sets.ts";
import { CHUNK_SIZE, chunkOf, emptyChunk, stateIn, type PartitionChunk } from "./partition-chunk.ts";
import { findChunks } from "./partition-set-store.ts";

/** Which partitions to list; what is left out does not matter. */
export interface PartitionFilter {
  readonly state?: PartitionState | null;
  /** Part of the key. */
  readonly search?: string | null;
}

/** Some keys, newest first. The next page begins with `cursor`; null: there are no more. A filter may leave a page empty. */
export interface PartitionKeyPage {
  readonly keys: readonly string[];
  readonly cursor: string | null;
}

/** A page ends where it has looked at so many partitions, or read so many chunks. */
const MAX_LOOKED_AT = 5_000;
const MAX_CHUNKS = 16;
/** Going on elsewhere than at the next partition costs as much as looking at so many. */
const JUMP = 10;

/**
 * One page of an asset's partitions that exist at `now`, newest first, from the key on that the page before gave as its cursor.
 * What it costs depends on the page, not on how many partitions there are.
 */
export async function listPartitionPage(
  db: Db,
  deploymentId: string,
  asset: PartitionedAsset,
  dynamic: DynamicNumbers,
  filter: PartitionFilter,
  cursor: string | null,
  limit: number,
  now: number,
): Promise<PartitionKeyPage> {
  const { definition } = asset.partitions;
  const wanted = filter.state == null ? null : await openStates(db, deploymentId, asset, filter.state);
  const keys: string[] = [];
  let lookedAt = 0;
  let from = cursor === null ? null : findPartitionPlace(definition, cursor, dynamic);
  for (let hasMore = true; hasMore;) {
    hasMore = false;
    for (const { key, place } of partitionsBackFrom(definition, from, now, dynamic)) {
      if (keys.length === limit || lookedAt >= MAX_LOOKED_AT || wanted?.isTired())
        return { keys, cursor: key };
      from = wanted === null ? null : await wanted.next(place);
      if (from !== null) {
        lookedAt += JUMP;
        hasMore = true;
        break;
      }
      lookedAt++;
      if (!filter.search || key.includes(filter.search)) keys.push(key);
    }
  }
  return { keys, cursor: null };
}

/** Which partitions of an asset have one state. */
interface States {
  /** Null: the partition at the place has the state. Else where to go on, which may be before the first of the row. */
  next(place: PartitionPlace): Promise<PartitionPlace | null>;
  /** Whether this request has read enough. */
  isTired(): boolean;
}

interface ChunkCounts {
  readonly row: string;
  readonly chunk: number;
  readonly materialized: number;
  readonly failed: number;
}

async function openStates(
  db: Db,
  deploymentId: string,
  asset: PartitionedAsset,
  state: PartitionState,
): Promise<States> {
  const assetId = (await findPartitionSets(db, deploymentId, [asset])).get(asset.key);
  const counts = assetId === undefined ? [] : await listCounts(db, assetId);
  const byRow = new Map(
    [...Map.groupBy(counts, ({ row }) => row)].map(([row, chunks]) => [
      row,
      new Map(chunks.map((chunk) => [chunk.chunk, chunk])),
    ]),
  );
  const read = new Map<string, PartitionChunk>();
  const mayHave = (row: string, chunk: number): boolean => {
    const { materialized, failed } = byRow.get(row)?.get(chunk) ?? { materialized: 0, failed: 0 };
    if (state === "missing") return materialized + failed < CHUNK_SIZE;
    return (state === "failed" ? failed : materialized) > 0;
  };
  const findChunk = async (row: string, chunk: number): Promise<PartitionChunk> => {
    const name = `${row}/${chunk}`;
    const isKnown = assetId !== undefined && byRow.get(row)?.has(chunk) === true;
    const found =
      read.get(name) ?? (isKnown ? (await findChunks(db, assetId, [{ row, chunk }]))[0] : undefined);
    if (found) read.set(name, found);
    return found ?? emptyChunk(row, chunk);
  };
  return {
    async next({ row, number }) {
      let from = number;
      for (let chunk = chunkOf(number); chunk >= 0; from = chunk * CHUNK_SIZE - 1, chunk--) {
        if (!mayHave(row, chunk)) continue;
        const states = await findChunk(row, chunk);
        while (from >= chunk * CHUNK_SIZE && stateIn(states, from) !== state) from--;
        if (from >= chunk * CHUNK_SIZE) return from === number ? null : { row, number: from };
      }
      return { row, number: -1 };
    },
    isTired: () => read.size > MAX_CHUNKS,
  };
}

async function listCounts(db: Db, assetId: string): Promise<ChunkCounts[]> {
  const { rows } = await sql<ChunkCounts>`
    select place_row as row, chunk, materialized_count as materialized, failed_count as failed
    from asset_partition_chunk where asset_id = ${assetId}`.execute(db);
  return rows;
}
