import { describeTarget } from "@millrace/model/runs/describe-target";
import { sql, type Selectable } from "kysely";
import { topics } from "@millrace/model/topic";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { Db } from "../../database/connect.ts";
import type { RunTable } from "../../database/tables.gen.ts";
import { notifications } from "../../wake/notify-change.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";
import { readRun, type Run } from "../run-store.ts";
import type { LaunchPlan } from "./plan-launch.ts";

/** The run that a new run repeats. */
export interface RunLineage {
  readonly rootRunId: string;
  readonly parentRunId: string;
  /** What the steps that are not repeated made; null: the run repeats everything. */
  readonly earlier: EarlierOutputs | null;
}

/** A run that is to be stored. */
export interface NewRun {
  readonly id: string;
  readonly plan: LaunchPlan;
  readonly origin: RunOrigin;
  readonly lineage: RunLineage | null;
}

/**
 * Stores runs with their tags and their first events in one statement; those whose ids are there already are left out. Each was
 * created a microsecond after the one before it, so that the queue keeps their order; the last one is created now.
 *
 * @returns those that are new, by id.
 */
export async function insertRuns(
  db: Db,
  deploymentId: string,
  runs: readonly NewRun[],
): Promise<Map<string, Run>> {
  if (runs.length === 0) return new Map();
  const rows = runs.map(({ id, plan, origin, lineage }, index) => ({
    ...toColumns(plan),
    id,
    age: runs.length - 1 - index,
    origin_kind: origin.kind,
    origin_name: origin.name,
    root_run_id: lineage?.rootRunId ?? null,
    parent_run_id: lineage?.parentRunId ?? null,
    history: lineage?.earlier ?? null,
    message: `Queued a run of ${describeTarget(plan)}`,
  }));
  const isAboutAssets = runs.some(({ plan }) => plan.assetKeys.length > 0 || plan.checkSelection !== null);
  const changed = [topics.runs(deploymentId), ...(isAboutAssets ? [topics.assets(deploymentId)] : [])];
  // In the order of their ids, so that two who store the same ones at once never wait for each other in a circle.
  const result = await sql<Selectable<RunTable>>`
    with wanted as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (id uuid, age integer, location_name text, location_version_id uuid,
        job_name text, run_config jsonb, tags jsonb, asset_selection text[], check_selection text[], step_selection text[],
        asset_keys text[], partition_key text, partition_start text, partition_end text, partition_keys text[], priority integer, pools jsonb,
        origin_kind text, origin_name text, root_run_id uuid, parent_run_id uuid, history jsonb, message text)
    ), created as (
      insert into run (id, deployment_id, location_name, location_version_id, job_name, status, run_config, tags, asset_selection,
        check_selection, step_selection, asset_keys, partition_key, partition_start, partition_end, partition_keys, priority, pools,
        origin_kind, origin_name, root_run_id, parent_run_id, history, event_count, created_at)
      select id, ${deploymentId}, location_name, location_version_id, job_name, 'QUEUED', run_config, tags, asset_selection,
        check_selection, step_selection, asset_keys, partition_key, partition_start, partition_end, partition_keys, priority, pools,
        origin_kind, origin_name, root_run_id, parent_run_id, history, 1, now() - age * interval '1 microsecond'
      from wanted order by id
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
      select created.id, 0, 0, 0, deployment_id, 'RUN_ENQUEUED', 'INFO', message, date_trunc('milliseconds', now()), '{}'::jsonb
      from created join wanted on wanted.id = created.id
    ), change as (
      insert into run_change (deployment_id, run_id, position, status, happened_at)
      select ${deploymentId}, created.id, 0, 'QUEUED', now() from created join wanted on wanted.id = created.id order by age desc
    )
    select *, ${notifications(changed)} from created`.execute(db);
  return new Map(result.rows.map((row) => [row.id, readRun(row)]));
}

function toColumns(plan: LaunchPlan): Readonly<Record<string, unknown>> {
  return {
    location_name: plan.locationName,
    location_version_id: plan.locationVersionId,
    job_name: plan.jobName,
    run_config: plan.runConfig,
    tags: plan.tags,
    asset_selection: plan.assetSelection,
    check_selection: plan.checkSelection,
    step_selection: plan.stepSelection,
    asset_keys: plan.assetKeys,
    partition_key: plan.partitionKey,
    partition_start: plan.partitionRange?.start ?? null,
    partition_end: plan.partitionRange?.end ?? null,
    partition_keys: plan.partitionKeys,
    priority: plan.priority,
    pools: plan.pools,
  };
}
