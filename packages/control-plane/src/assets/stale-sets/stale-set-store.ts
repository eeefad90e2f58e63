import { createHash } from "node:crypto";
import { sql } from "kysely";
import { findPartitionPlace, type PartitionPlace } from "@millrace/model/partitions/partition-places";
import type { Db, Trx } from "../../database/connect.ts";
import { findNumbersOf } from "../../partitions/dynamic-number-store.ts";
import { CHUNK_SIZE, chunkOf, countBits, writeBit } from "../partition-sets/partition-chunk.ts";
import type { TrackedAsset } from "./stale-plan.ts";

/** What is kept of an asset's stale partitions, besides the bitmaps. */
export interface StaleSet {
  readonly definitions: Buffer;
  readonly inputs: Buffer;
  readonly wholeInputs: readonly string[];
  /** Partitions up to this key are in; null: all. */
  readonly builtTo: string | null;
  /** Milliseconds since the epoch. */
  readonly evaluatedAt: number;
}

/** An asset that anything has happened to. */
export interface KnownAsset {
  readonly id: string;
  /** Changes when it was wiped or joined with another, and when it gets something for the first time. */
  readonly identity: string;
  /** Changes with each event of it. */
  readonly mark: string;
  readonly set: StaleSet | null;
}

/** All assets of the deployment that anything has happened to, by key, with their sets of stale partitions. */
export async function findKnownAssets(db: Db, deploymentId: string): Promise<Map<string, KnownAsset>> {
  const { rows } = await sql<Omit<KnownAsset, "set"> & StaleSet & { key: string; hasSet: boolean }>`
    select a.key, a.id, concat_ws('/', a.id, a.rewrites, a.last_materialized_at is not null, a.observed_version is not null) as identity,
      concat_ws('/', coalesce(a.version_sequence, 0), coalesce(a.observed_sequence, 0)) as mark, s.asset_id is not null as "hasSet",
      s.definitions, s.inputs, s.whole_inputs as "wholeInputs", s.built_to as "builtTo",
      (extract(epoch from s.evaluated_at) * 1000)::float8 as "evaluatedAt"
    from asset a left join asset_stale_set s on s.asset_id = a.id where a.deployment_id = ${deploymentId}`.execute(
    db,
  );
  return new Map(
    rows.map(({ key, id, identity, mark, hasSet, ...set }) => [
      key,
      { id, identity, mark, set: hasSet ? set : null },
    ]),
  );
}

/** SHA-256 of what decides about all partitions of an asset, of its inputs as they are now. */
export function digestInputs(
  { inputs }: TrackedAsset,
  wholeInputs: ReadonlySet<string>,
  known: ReadonlyMap<string, KnownAsset>,
): Buffer {
  const described = inputs.map((input) => {
    const asset = known.get(input);
    return [asset?.identity ?? null, wholeInputs.has(input) ? (asset?.mark ?? null) : null];
  });
  return createHash("sha256").update(JSON.stringify(described)).digest();
}

/** Begins the set of an asset anew. False: its set of partitions is being made again. */
export async function beginStaleSet(
  trx: Trx,
  deploymentId: string,
  assetId: string,
  { definitions, partitions }: TrackedAsset,
  inputs: Buffer,
  now: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into asset_stale_set (asset_id, deployment_id, definitions, inputs, built_to, evaluated_at)
    select asset_id, ${deploymentId}, ${definitions}, ${inputs}, '', to_timestamp(${now}::float8 / 1000) from asset_partition_set
    where asset_id = ${assetId} and digest = ${partitions.digest} and built_to is null
    on conflict (asset_id) do update set definitions = excluded.definitions, inputs = excluded.inputs, whole_inputs = '{}', built_to = '',
      evaluated_at = excluded.evaluated_at`.execute(trx);
  if (numAffectedRows === 0n) return false;
  await sql`delete from asset_stale_chunk where asset_id = ${assetId}`.execute(trx);
  return true;
}

/** Holds the set of an asset, which is given up with its set of partitions. Null: it is gone. */
export async function holdStaleSet(
  trx: Trx,
  assetId: string,
): Promise<Pick<StaleSet, "wholeInputs" | "builtTo"> | null> {
  const { rows } = await sql<Pick<StaleSet, "wholeInputs" | "builtTo">>`
    select whole_inputs as "wholeInputs", built_to as "builtTo" from asset_stale_set where asset_id = ${assetId} for no key update`.execute(
    trx,
  );
  return rows[0] ?? null;
}

/** Materialized partitions of an asset by key, behind `after`. */
export async function listMadePartitions(
  db: Db,
  assetId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select partition_key as key from asset_partition_state
    where asset_id = ${assetId} and partition_key > ${after} and last_materialized_at is not null
    order by partition_key limit ${limit}`.execute(db);
  return rows.map(({ key }) => key);
}

/** Notes how far a set is made, and what it was made from. */
export async function noteStaleSet(
  trx: Trx,
  assetId: string,
  { wholeInputs, inputs, builtTo }: Pick<StaleSet, "wholeInputs" | "inputs" | "builtTo">,
): Promise<void> {
  await sql`
    update asset_stale_set set whole_inputs = ${wholeInputs}, inputs = ${inputs}, built_to = ${builtTo}
    where asset_id = ${assetId}`.execute(trx);
}

/** Notes that time has brought nothing new for these assets up to `now`. */
export async function noteEvaluated(trx: Trx, assetIds: readonly string[], now: number): Promise<void> {
  await sql`
    update asset_stale_set set evaluated_at = to_timestamp(${now}::float8 / 1000)
    where asset_id in (select asset_id from asset_stale_set where asset_id = any(${assetIds}::uuid[]) order by asset_id for no key update)`.execute(
    trx,
  );
}

/**
 * Notes which of these partitions are stale. Keys that the definition does not have are left out.
 *
 * @returns whether anything is different now.
 */
export async function writeStalePartitions(
  trx: Trx,
  deploymentId: string,
  assetId: string,
  { partitions: { definition } }: TrackedAsset,
  stale: ReadonlyMap<string, boolean>,
): Promise<boolean> {
  const dynamic = await findNumbersOf(trx, deploymentId, definition, [...stale.keys()]);
  const placed = [...stale].flatMap(([key, isStale]) => {
    const place = findPartitionPlace(definition, key, dynamic);
    return place === null ? [] : [{ place, isStale }];
  });
  const groups = [...Map.groupBy(placed, ({ place }) => nameOf(place)).values()];
  if (groups.length === 0) return false;
  const { rows } = await sql<{ row: string; chunk: number; stale: Buffer }>`
    select c.place_row as row, c.chunk, c.stale
    from unnest(${groups.map(([first]) => first?.place.row ?? "")}::text[], ${groups.map(([first]) => chunkOf(first?.place.number ?? 0))}::integer[])
      as place (row, chunk)
    join asset_stale_chunk c on c.asset_id = ${assetId} and c.place_row = place.row and c.chunk = place.chunk`.execute(
    trx,
  );
  const known = new Map(rows.map(({ row, chunk, stale: bits }) => [JSON.stringify([row, chunk]), bits]));
  const changed = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const before = known.get(nameOf(first.place)) ?? Buffer.alloc(CHUNK_SIZE / 8);
    const bits = Buffer.from(before);
    for (const { place, isStale } of group) writeBit(bits, place.number % CHUNK_SIZE, isStale);
    return bits.equals(before) ? [] : [{ row: first.place.row, chunk: chunkOf(first.place.number), bits }];
  });
  if (changed.length === 0) return false;
  await trx
    .insertInto("asset_stale_chunk")
    .values(
      changed.map(({ row, chunk, bits }) => ({
        asset_id: assetId,
        deployment_id: deploymentId,
        place_row: row,
        chunk,
        stale: bits,
        stale_count: countBits(bits),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["asset_id", "place_row", "chunk"])
        .doUpdateSet({ stale: sql`excluded.stale`, stale_count: sql`excluded.stale_count` }),
    )
    .execute();
  return true;
}

function nameOf({ row, number }: PartitionPlace): string {
  return JSON.stringify([row, chunkOf(number)]);
}
