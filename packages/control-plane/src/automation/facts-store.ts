import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { createKnownPartitions, type KnownPartitions } from "./known-partitions.ts";
import { NOWHERE, type PlaceFacts } from "./place-facts.ts";

/** The newest evaluation of a check. */
export interface CheckFacts {
  readonly passed: boolean;
  readonly time: number;
  readonly runId: string | null;
}

/** What is known of an asset. */
export interface AssetFacts {
  readonly whole: PlaceFacts;
  readonly partitions: KnownPartitions;
  /** By name. */
  readonly checks: ReadonlyMap<string, CheckFacts>;
}

/** What is known of an asset to which nothing has happened. */
export function createNoFacts(): AssetFacts {
  return { whole: NOWHERE, partitions: createKnownPartitions(), checks: new Map() };
}

/** What may have changed of an asset beside what is known of it as a whole. */
export interface FactChange {
  /** Null: any of them. */
  readonly partitions: ReadonlySet<string> | null;
  /** Names; null: any of them. */
  readonly checks: ReadonlySet<string> | null;
}

/** What is known of assets, by key; those of which nothing is stored have no facts. */
export async function loadFacts(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, AssetFacts>> {
  if (keys.length === 0) return new Map();
  const wholes = await loadWholes(db, deploymentId, keys);
  const parts = await sql<PlaceFacts & { key: string; partition: string }>`
    select a.key, p.partition_key as partition, ${placeColumns("p", "last_run_id")}
    from asset a join asset_partition_state p on p.asset_id = a.id
    where a.deployment_id = ${deploymentId} and a.key = any(${keys}::text[])`.execute(db);
  const checks = await loadChecks(db, deploymentId, keys);
  const partsOf = Map.groupBy(parts.rows, ({ key }) => key);
  return new Map(
    keys.map((key) => {
      const places = partsOf.get(key)?.map(({ partition, ...place }) => [partition, place] as const);
      return [
        key,
        {
          whole: wholes.get(key) ?? NOWHERE,
          partitions: createKnownPartitions(places),
          checks: checks.get(key) ?? new Map<string, CheckFacts>(),
        },
      ];
    }),
  );
}

/** Reads what may have changed of assets that are known, and nothing else of them. */
export async function refreshFacts(
  db: Db,
  deploymentId: string,
  facts: Map<string, AssetFacts>,
  changes: ReadonlyMap<string, FactChange>,
): Promise<void> {
  const known = [...changes].filter(([key]) => facts.has(key));
  const whole = known.flatMap(([key, { partitions }]) => (partitions === null ? [key] : []));
  for (const [key, each] of await loadFacts(db, deploymentId, whole)) facts.set(key, each);
  const partly = known.filter(([, { partitions }]) => partitions !== null);
  if (partly.length === 0) return;
  const places = partly.flatMap(([key, { partitions }]) =>
    [...(partitions ?? [])].map((partition) => ({ key, partition })),
  );
  const wholes = await loadWholes(
    db,
    deploymentId,
    partly.map(([key]) => key),
  );
  const checks = await loadNamedChecks(
    db,
    deploymentId,
    partly.flatMap(([key, change]) => [...(change.checks ?? [])].map((name) => ({ key, name }))),
  );
  const parts = await loadPlaces(db, deploymentId, places);
  for (const [key, change] of partly) {
    const before = facts.get(key);
    if (before === undefined) continue;
    for (const partition of change.partitions ?? [])
      before.partitions.set(partition, parts.get(placeName(key, partition)) ?? null);
    facts.set(key, {
      whole: wholes.get(key) ?? NOWHERE,
      partitions: before.partitions,
      checks: new Map([...before.checks, ...(checks.get(key) ?? [])]),
    });
  }
}

async function loadWholes(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, PlaceFacts>> {
  const { rows } = await sql<PlaceFacts & { key: string }>`
    select a.key, ${placeColumns("a", "last_materialization_run_id")} from asset a
    where a.deployment_id = ${deploymentId} and a.key = any(${keys}::text[])`.execute(db);
  return new Map(rows.map(({ key, ...whole }) => [key, whole]));
}

async function loadPlaces(
  db: Db,
  deploymentId: string,
  places: readonly { readonly key: string; readonly partition: string }[],
): Promise<Map<string, PlaceFacts>> {
  if (places.length === 0) return new Map();
  const { rows } = await sql<PlaceFacts & { key: string; partition: string }>`
    select w.key, w.partition, ${placeColumns("p", "last_run_id")}
    from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as w (key text, partition text)
    join asset a on a.deployment_id = ${deploymentId} and a.key = w.key
    join asset_partition_state p on p.asset_id = a.id and p.partition_key = w.partition`.execute(db);
  return new Map(rows.map(({ key, partition, ...place }) => [placeName(key, partition), place]));
}

/** The newest evaluation of each check of assets: one index look for each, however often it was evaluated. */
async function loadChecks(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, Map<string, CheckFacts>>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<CheckRow>`
    with recursive evaluated as (
      select a.id, a.key, (${nextCheck(sql`a.id`, sql`''`)}) as name
      from asset a where a.deployment_id = ${deploymentId} and a.key = any(${keys}::text[])
      union all
      select c.id, c.key, (${nextCheck(sql`c.id`, sql`c.name`)}) from evaluated c where c.name is not null
    )
    select c.key, c.name, e.* from evaluated c, lateral (${newestEvaluation(sql`c.id`, sql`c.name`)}) e`.execute(
    db,
  );
  return byAssetKey(rows);
}

async function loadNamedChecks(
  db: Db,
  deploymentId: string,
  names: readonly { readonly key: string; readonly name: string }[],
): Promise<Map<string, Map<string, CheckFacts>>> {
  if (names.length === 0) return new Map();
  const { rows } = await sql<CheckRow>`
    select w.key, w.name, e.* from jsonb_to_recordset(${JSON.stringify(names)}::jsonb) as w (key text, name text)
    join asset a on a.deployment_id = ${deploymentId} and a.key = w.key,
    lateral (${newestEvaluation(sql`a.id`, sql`w.name`)}) e`.execute(db);
  return byAssetKey(rows);
}

type CheckRow = CheckFacts & { readonly key: string; readonly name: string };
type Fragment = ReturnType<typeof sql>;

function nextCheck(assetId: Fragment, after: Fragment): Fragment {
  return sql`select min(e.check_name) from asset_check_evaluation e where e.asset_id = ${assetId} and e.check_name > ${after}`;
}

function newestEvaluation(assetId: Fragment, name: Fragment): Fragment {
  return sql`select e.passed, e.run_id as "runId", floor(extract(epoch from e.happened_at) * 1000)::float8 as time
    from asset_check_evaluation e where e.asset_id = ${assetId} and e.check_name = ${name} order by e.id desc limit 1`;
}

function byAssetKey(rows: readonly CheckRow[]): Map<string, Map<string, CheckFacts>> {
  const byAsset = new Map<string, Map<string, CheckFacts>>();
  for (const { key, name, ...check } of rows)
    byAsset.set(key, (byAsset.get(key) ?? new Map<string, CheckFacts>()).set(name, check));
  return byAsset;
}

function placeName(key: string, partition: string): string {
  return JSON.stringify([key, partition]);
}

function placeColumns(table: string, runId: string): ReturnType<typeof sql> {
  const at = (name: string) => sql`floor(extract(epoch from ${sql.ref(`${table}.${name}`)}) * 1000)::float8`;
  return sql`${at("last_materialized_at")} as "materializedAt", ${at("last_observed_at")} as "observedAt", ${at("last_failed_at")} as "failedAt",
    ${sql.ref(`${table}.${runId}`)} as "runId", (${sql.ref(`${table}.last_observation`)} ->> 'runId') as "observingRunId"`;
}

/** What conditions may ask of a run. */
export interface RunFacts {
  readonly id: string;
  /** Whether it has not ended. */
  readonly isActive: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly assetKeys: readonly string[];
  /** Empty: it is not partitioned. */
  readonly partitions: readonly string[];
}

const RUN_COLUMNS = sql`id, status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING') as "isActive", tags, asset_keys as "assetKeys",
  coalesce(partition_keys, array_remove(array[partition_key], null)) as partitions`;

/** Those of the runs that are there. */
export async function loadRuns(db: Db, deploymentId: string, ids: readonly string[]): Promise<RunFacts[]> {
  const { rows } = await sql<RunFacts>`
    select ${RUN_COLUMNS} from run where deployment_id = ${deploymentId} and id = any(${ids}::uuid[])`.execute(
    db,
  );
  return rows;
}

/** The runs that have not ended and make assets. */
export async function loadActiveRuns(db: Db, deploymentId: string): Promise<RunFacts[]> {
  const { rows } = await sql<RunFacts>`
    select ${RUN_COLUMNS} from run
    where deployment_id = ${deploymentId} and status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING') and asset_keys <> '{}'`.execute(
    db,
  );
  return rows;
}

/**
 * The partitions of assets (null: the asset as a whole) whose newest event has another data version than the newest up to an event.
 *
 * @param places with the first event of each that is new.
 */
export async function findChangedVersions(
  db: Db,
  deploymentId: string,
  places: readonly {
    readonly assetKey: string;
    readonly partition: string | null;
    readonly firstNew: number;
  }[],
): Promise<{ readonly assetKey: string; readonly partition: string | null }[]> {
  const { rows } = await sql<{ assetKey: string; partition: string | null }>`
    select w.key as "assetKey", w.partition
    from jsonb_to_recordset(${JSON.stringify(
      places.map(({ assetKey, partition, firstNew }) => ({ key: assetKey, partition, first: firstNew })),
    )}::jsonb) as w (key text, partition text, first bigint)
    join asset a on a.deployment_id = ${deploymentId} and a.key = w.key
    left join lateral (${versionOf(sql`e.id < w.first`)}) before on true
    left join lateral (${versionOf(sql`true`)}) after on true
    where before.data_version is distinct from after.data_version`.execute(db);
  return rows;
}

function versionOf(which: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`select e.data_version from asset_event e
    where e.asset_id = a.id and e.partition_key is not distinct from w.partition and e.data_version is not null and ${which}
    order by e.id desc limit 1`;
}
