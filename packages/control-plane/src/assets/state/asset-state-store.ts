import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { foldPartitionStates, type ChangedPartition } from "../partition-sets/fold-partition-states.ts";
import { renameChanges, type AssetChanges } from "./collect-asset-changes.ts";
import { keyOfToday, lockAssets } from "./lock-assets.ts";
import { MATERIALIZED_COLUMNS, OBSERVED_COLUMNS } from "../columns/state-columns.ts";

/** The run whose events change assets. */
interface ChangingRun {
  readonly id: string;
  readonly deploymentId: string;
}

/** Who says what changes assets: a run, or somebody who reports it. */
export interface ChangeSource {
  readonly deploymentId: string;
  readonly runId: string | null;
  /** For people; null for what a run has made. */
  readonly reportedBy: string | null;
}

/**
 * Writes what a batch of events changes of assets. What is stored last is the asset's last one, whatever the clocks of workers say.
 * Rows are locked in the order of their keys, so two runs that produce the same assets never wait for each other in a circle. What
 * comes under a former key goes to the key of today.
 */
export async function storeAssetChanges(
  trx: Trx,
  { deploymentId, runId, reportedBy }: ChangeSource,
  reported: AssetChanges,
): Promise<void> {
  const keys = reported.assets.map(({ key }) => key);
  const changes = renameChanges(reported, await lockAssets(trx, deploymentId, keys));
  await sql`
    with event as materialized (
      select n - 1 as index, nextval(pg_get_serial_sequence('asset_event', 'id')) as id, e ->> 'assetKey' as key,
        e ->> 'stepKey' as step_key, case e ->> 'type' when 'ASSET_MATERIALIZATION' then 'materialization' else 'observation' end as kind,
        e ->> 'partition' as partition_key, e -> 'metadata' as metadata, e -> 'tags' as tags, e ->> 'dataVersion' as data_version,
        e ->> 'description' as description,
        nullif(e -> 'provenance', 'null'::jsonb) as provenance, to_timestamp((e ->> 'timestamp')::float8 / 1000) as happened_at
      from jsonb_array_elements(${JSON.stringify(changes.events)}::jsonb) with ordinality as t (e, n)
    ), asset_row as (
      insert into asset as known (deployment_id, key, materialization_count, last_materialization_run_id, ${MATERIALIZED}, ${OBSERVED})
      select ${deploymentId}, c.key, c.materializations, case when m.id is not null then ${runId}::uuid end, ${valuesOf(runId, reportedBy)}
      from jsonb_to_recordset(${JSON.stringify(changes.assets)}::jsonb)
        as c (key text, materializations bigint, "lastMaterialization" integer, "lastObservation" integer, "lastVersion" integer)
      left join event m on m.index = c."lastMaterialization" left join event o on o.index = c."lastObservation"
      left join event v on v.index = c."lastVersion"
      order by c.key
      on conflict (deployment_id, key) do update set
        materialization_count = known.materialization_count + excluded.materialization_count, archived_at = null,
        last_materialization_run_id = ${ifSaid("last_materialized_at", "last_materialization_run_id")}, ${LAST}
      returning id, key
    ), asset_event_row as (
      insert into asset_event (id, deployment_id, asset_id, run_id, step_key, kind, partition_key, metadata, tags, data_version, happened_at,
        reported_by, description)
        overriding system value
      select event.id, ${deploymentId}, a.id, ${runId}::uuid, step_key, kind, partition_key, metadata, tags, data_version, happened_at,
        ${reportedBy}::text, description
      from event join asset_row a on a.key = event.key
    ), partition_row as (
      insert into asset_partition_state as known (asset_id, partition_key, deployment_id, last_run_id, ${MATERIALIZED}, ${OBSERVED})
      select a.id, p.partition, ${deploymentId}, case when m.id is not null then ${runId}::uuid end, ${valuesOf(runId, reportedBy)}
      from jsonb_to_recordset(${JSON.stringify(changes.partitions)}::jsonb)
        as p (key text, partition text, "lastMaterialization" integer, "lastObservation" integer, "lastVersion" integer)
      join asset_row a on a.key = p.key
      left join event m on m.index = p."lastMaterialization" left join event o on o.index = p."lastObservation"
      left join event v on v.index = p."lastVersion"
      order by p.key, p.partition
      on conflict (asset_id, partition_key) do update set
        last_run_id = ${ifSaid("last_materialized_at", "last_run_id")}, ${LAST}
    )
    insert into asset_check_evaluation (deployment_id, asset_id, check_name, run_id, partition_key, passed, severity, blocking,
      metadata, message, happened_at, reported_by)
    select ${deploymentId}, a.id, e ->> 'checkName', ${runId}::uuid, e ->> 'partition', (e -> 'passed')::boolean, e ->> 'severity',
      (e -> 'blocking')::boolean, e -> 'metadata', e ->> 'message', to_timestamp((e ->> 'timestamp')::float8 / 1000), ${reportedBy}::text
    from jsonb_array_elements(${JSON.stringify(changes.checks)}::jsonb) with ordinality as t (e, n)
    join asset_row a on a.key = e ->> 'assetKey' order by n`.execute(trx);
  const changed = changes.partitions.map(({ key, partition }) => ({ asset: key, partition }));
  await foldPartitionStates(trx, deploymentId, changed);
}

/**
 * Notes that a run has failed to produce its assets: all that it was to produce and that neither it nor a run
 * that was asked for later has made (of several partitions, not all), or those of failed steps only while it goes on. A step that makes several assets has a name of its own; those count when the run ends.
 */
export async function markAssetsFailed(
  trx: Trx,
  run: ChangingRun,
  failedAt: Date,
  stepKeys: readonly string[] | null,
): Promise<void> {
  const { id: runId, deploymentId } = run;
  // As `assetStepName` in @millrace/model/asset-key; a run may have ten thousand assets, so they stay in the database.
  const ofSteps = sql`and translate(replace(planned, '/', '__'), '.-', '__') = any(${stepKeys})`;
  const { rows } = await sql<ChangedPartition>`
    with failed as (
      insert into asset as known (deployment_id, key, last_failed_run_id, last_failed_at)
      select distinct deployment_id, ${keyOfToday(deploymentId, sql.ref("planned"))}, id, ${failedAt}::timestamptz
      from run, unnest(asset_keys) as planned
      where id = ${runId} ${stepKeys === null ? sql`` : ofSteps} order by 2
      on conflict (deployment_id, key) do update
        set last_failed_run_id = excluded.last_failed_run_id,
          last_failed_at = case when known.last_materialization ->> 'partitionKey' is null then ${AFTER_MADE} else excluded.last_failed_at end
        where ${isNotMade(runId)}
      returning id, key
    ), changed as (
      insert into asset_partition_state as known (asset_id, partition_key, deployment_id, last_failed_at)
      select failed.id, partition, run.deployment_id, ${failedAt}::timestamptz
      from failed, run, unnest(coalesce(run.partition_keys, array[run.partition_key])) as partition
      where run.id = ${runId} and partition is not null order by failed.id, partition
      on conflict (asset_id, partition_key) do update set last_failed_at = ${AFTER_MADE}
        where not ${isMadeSince(runId, "last_run_id")}
      returning asset_id, partition_key
    )
    select failed.key as asset, changed.partition_key as partition from changed join failed on failed.id = changed.asset_id`.execute(
    trx,
  );
  await foldPartitionStates(trx, deploymentId, rows);
}

/** What was made before is older than the failure: a worker whose clock is behind says otherwise. */
const AFTER_MADE = sql`greatest(excluded.last_failed_at, known.last_materialized_at + interval '1 millisecond')`;

/** Takes back what `markAssetsFailed` noted: the run goes on after all. */
export async function unmarkAssetsFailed(trx: Trx, run: ChangingRun): Promise<void> {
  const { id: runId, deploymentId } = run;
  const { rows } = await sql<ChangedPartition>`
    with spared as (
      update asset set last_failed_run_id = null, last_failed_at = null
      from (select a.id from run cross join unnest(asset_keys) as planned
        join asset a on a.deployment_id = run.deployment_id and a.key = ${keyOfToday(deploymentId, sql.ref("planned"))}
        where run.id = ${runId} and a.last_failed_run_id = run.id order by a.key for no key update of a) failed
      where asset.id = failed.id returning asset.id, asset.key
    )
    update asset_partition_state p set last_failed_at = null from spared, run
    where run.id = ${runId} and p.asset_id = spared.id and p.partition_key = any(coalesce(run.partition_keys, array[run.partition_key]))
    returning spared.key as asset, p.partition_key as partition`.execute(trx);
  await foldPartitionStates(trx, deploymentId, rows);
}

/** Whether a known asset, or of a partitioned one some of the run's partitions, were made neither by the run nor by a later one. */
function isNotMade(runId: string): ReturnType<typeof sql> {
  return sql`(case when known.last_materialization ->> 'partitionKey' is null then not ${isMadeSince(runId, "last_materialization_run_id")}
    else exists (
      select from run, unnest(coalesce(run.partition_keys, array[run.partition_key])) as wanted
      where run.id = ${runId} and not exists (select from asset_partition_state made
        where made.asset_id = known.id and made.partition_key = wanted and ${isMadeSince(runId, "last_run_id", "made")})) end)`;
}

/** By the run itself, or by one that was asked for later, whose word is the later one then. Workers' clocks have no say in it. */
function isMadeSince(
  runId: string,
  madeBy: "last_run_id" | "last_materialization_run_id",
  row = "known",
): ReturnType<typeof sql> {
  return sql`coalesce(${sql.ref(`${row}.${madeBy}`)} = ${runId}
    or exists (select from run later, run where later.id = ${sql.ref(`${row}.${madeBy}`)} and run.id = ${runId}
      and later.created_at > run.created_at), false)`;
}

/** The document that outlives the event: what the asset's page shows of it. */
function documentOf(
  event: "m" | "o",
  runId: string | null,
  reportedBy: string | null,
): ReturnType<typeof sql> {
  const field = (name: string) => sql.ref(`${event}.${name}`);
  return sql`case when ${field("id")} is not null then jsonb_build_object('id', ${field("id")}::text, 'runId', ${runId}::text, 'stepKey', ${field("step_key")},
    'partitionKey', ${field("partition_key")}, 'metadata', ${field("metadata")}, 'tags', ${field("tags")},
    'dataVersion', ${field("data_version")}, 'reportedBy', ${reportedBy}::text, 'description', ${field("description")}) end`;
}

const MATERIALIZED = sql.join(MATERIALIZED_COLUMNS.map((column) => sql.ref(column)));
const OBSERVED = sql.join(OBSERVED_COLUMNS.map((column) => sql.ref(column)));

/** What goes into `MATERIALIZED` and `OBSERVED`, in the order of their columns. */
function valuesOf(runId: string | null, reportedBy: string | null): ReturnType<typeof sql> {
  return sql`${documentOf("m", runId, reportedBy)}, m.happened_at, m.data_version, m.provenance, m.id,
    ${documentOf("o", runId, reportedBy)}, o.happened_at, v.data_version, v.id`;
}

/**
 * What is said takes the place of what was said before. An observation without a version leaves the version that was observed before;
 * a failure is no later than what is made after it.
 */
const LAST = sql.join([
  ...MATERIALIZED_COLUMNS.map((column) => assignIfSaid("last_materialized_at", column)),
  ...["last_observation", "last_observed_at"].map((column) => assignIfSaid("last_observed_at", column)),
  ...["observed_version", "observed_sequence"].map(
    (column) => sql`${sql.ref(column)} = coalesce(excluded.${sql.ref(column)}, known.${sql.ref(column)})`,
  ),
  sql`last_failed_at = case when known.last_failed_at is not null then least(known.last_failed_at, excluded.last_materialized_at) end`,
]);

function assignIfSaid(time: string, column: string): ReturnType<typeof sql> {
  return sql`${sql.ref(column)} = ${ifSaid(time, column)}`;
}

function ifSaid(time: string, column: string): ReturnType<typeof sql> {
  return sql`case when excluded.${sql.ref(time)} is not null then excluded.${sql.ref(column)} else known.${sql.ref(column)} end`;
}
