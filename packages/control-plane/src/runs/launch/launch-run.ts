import { sql, type Selectable } from "kysely";
import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { DIMENSION_SEPARATOR } from "@millrace/model/partitions/multi-key";
import { topics } from "@millrace/model/topic";
import type { RunPartitions } from "@millrace/model/runs/run-target";
import type { Db } from "../../database/connect.ts";
import type { RunTable } from "../../database/tables.gen.ts";
import { cleanJson } from "../../events/storable-event.ts";
import { listNamedSnapshots, type ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { listDynamicNames } from "../../partitions/dynamic-names.ts";
import { findDynamicKeys, findDynamicKeysAmong } from "../../partitions/dynamic-partition-store.ts";
import { notifications } from "../../wake/notify-change.ts";
import { planLaunch, type LaunchInput, type LaunchPlan } from "./plan-launch.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";
import { createRunId } from "../run-id.ts";
import { findRun, readRun, type Run } from "../run-store.ts";

/** The run that a new run repeats. */
export interface RunLineage {
  readonly rootRunId: string;
  readonly parentRunId: string;
  /** What the steps that are not repeated made; null: the run repeats everything. */
  readonly earlier: EarlierOutputs | null;
}

/** Knobs of `launchRun`. */
export interface LaunchOptions {
  /** Two launches with one key are one run. Default: every launch is a run. */
  readonly idempotencyKey?: string | null;
  readonly lineage?: RunLineage;
}

/**
 * Puts a run into the queue, after checking it against the definitions that serve now. With an idempotency key that was used
 * before, the run from then is given back, whatever the input says now.
 *
 * @throws UnknownDefinition, RunConfigInvalid, BadRequest
 */
export async function launchRun(
  db: Db,
  deploymentId: string,
  input: LaunchInput,
  options: LaunchOptions = {},
): Promise<Run> {
  const idempotencyKey = options.idempotencyKey ?? null;
  const id = createRunId(deploymentId, idempotencyKey);
  if (idempotencyKey !== null) {
    const existing = await findRun(db, deploymentId, id);
    if (existing !== null) return existing;
  }
  const locations = await listNamedSnapshots(db, deploymentId, input.locationName);
  const wanted = cleanJson(input);
  const dynamicKeys = await findDynamicKeysOf(db, deploymentId, locations, wanted);
  const plan = planLaunch(locations, wanted, { now: Date.now(), dynamicKeys });
  const created = await insertRun(db, deploymentId, id, plan, options.lineage);
  const run = created ?? (await findRun(db, deploymentId, id));
  if (run === null) throw new Error(`Run ${id} was neither stored nor there`);
  return run;
}

/** The dynamic keys that matter for what a run works on. */
async function findDynamicKeysOf(
  db: Db,
  deploymentId: string,
  locations: readonly ServingSnapshot[],
  { partitionKey, partitionRange }: RunPartitions,
): Promise<DynamicKeys> {
  if (partitionKey === null && partitionRange === null) return {};
  const names = listDynamicNames(locations);
  if (partitionKey === null) return findDynamicKeys(db, deploymentId, names);
  return findDynamicKeysAmong(db, deploymentId, names, [
    partitionKey,
    ...partitionKey.split(DIMENSION_SEPARATOR),
  ]);
}

/** Stores a run with its tags and its first event in one statement; null when a run with this id is there already. */
async function insertRun(
  db: Db,
  deploymentId: string,
  id: string,
  plan: LaunchPlan,
  lineage: RunLineage | undefined,
): Promise<Run | null> {
  const event = { type: "RUN_ENQUEUED", timestamp: Date.now(), message: `Queued a run of ${plan.jobName}` };
  const result = await sql<Selectable<RunTable>>`
    with created as (
      insert into run (id, deployment_id, location_name, location_version_id, job_name, status, run_config, tags, asset_selection,
        check_selection, step_selection, asset_keys, partition_key, partition_start, partition_end, partition_keys, priority, root_run_id, parent_run_id, history, event_count)
      values (${id}, ${deploymentId}, ${plan.locationName}, ${plan.locationVersionId}, ${plan.jobName}, 'QUEUED',
        ${JSON.stringify(plan.runConfig)}, ${JSON.stringify(plan.tags)}, ${plan.assetSelection}, ${plan.checkSelection},
        ${plan.stepSelection}, ${plan.assetKeys}, ${plan.partitionKey}, ${plan.partitionRange?.start ?? null},
        ${plan.partitionRange?.end ?? null}, ${plan.partitionKeys}, ${plan.priority}, ${lineage?.rootRunId ?? null},
        ${lineage?.parentRunId ?? null}, ${lineage?.earlier ? JSON.stringify(lineage.earlier) : null}, 1)
      on conflict (id) do nothing
      returning *
    ), tag as (
      insert into run_tag (deployment_id, run_id, key, value, created_at)
      select deployment_id, id, key, value, created_at from created, jsonb_each_text(created.tags)
    ), asset as (
      insert into run_asset (deployment_id, run_id, asset_key, created_at)
      select distinct deployment_id, id, key, created_at from created, unnest(created.asset_keys) as key
    ), first_event as (
      insert into run_event (run_id, position, attempt, sequence, deployment_id, type, level, message, happened_at, event)
      select id, 0, 0, 0, deployment_id, ${event.type}, 'INFO', ${event.message}, to_timestamp(${event.timestamp}::float8 / 1000),
        ${JSON.stringify(event)}::jsonb from created
    )
    select *, ${notifications([topics.runs(deploymentId), topics.assets(deploymentId)])} from created`.execute(
    db,
  );
  const row = result.rows[0];
  return row ? readRun(row) : null;
}
